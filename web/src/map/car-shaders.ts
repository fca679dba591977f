// Each car is one quad, shaped in the fragment shader: an arrowhead that moves, a dot that is
// parked, a ring that fell silent.

export const carVertexShader = `#version 300 es
uniform mat4 u_matrix;      // from Mercator relative to the anchor to clip space
uniform vec2 u_pixel;       // size of a device pixel in clip space, per axis
uniform float u_now;        // seconds since the frame's epoch
uniform float u_size;       // half the quad, device pixels
uniform float u_bearing;    // of the map, radians
uniform float u_stale_after;
uniform float u_silent_after;
uniform float u_moving_from;
uniform float u_glide;      // 0 = cars are set down at once (reduced motion)
uniform int u_selected;
in vec2 a_corner;           // -1..1
in vec4 a_way;              // from x, y, to x, y
in vec4 a_course;           // start, duration, heading, turn
in vec3 a_state;            // last heard, km/h, shown
out vec2 v_corner;
flat out float v_kind;      // 0 parked, 1 moving with a heading, 2 moving without, 3 silent
flat out float v_fade;
flat out float v_selected;
void main() {
  float part = a_course.y <= 0.0 ? 1.0 : clamp((u_now - a_course.x) / a_course.y, 0.0, 1.0);
  part = mix(1.0, part, u_glide);
  float age = u_now - a_state.x;
  bool silent = age > u_silent_after;
  bool moving = !silent && a_state.y >= u_moving_from;
  v_kind = silent ? 3.0 : moving ? (a_course.z < 0.0 ? 2.0 : 1.0) : 0.0;
  // A moving car should be heard each moment, and fades when it is not. A parked car is silent.
  v_fade = silent ? mix(0.75, 0.3, clamp((age - u_silent_after) / 600.0, 0.0, 1.0))
    : moving ? mix(1.0, 0.45, clamp((age - u_stale_after * 0.5) / u_stale_after, 0.0, 1.0)) : 1.0;
  v_selected = gl_InstanceID == u_selected ? 1.0 : 0.0;
  float heading = radians(a_course.z + a_course.w * part) - u_bearing;
  float turn = v_kind == 1.0 ? heading : 0.0;
  vec2 corner = vec2(a_corner.x * cos(turn) + a_corner.y * sin(turn), a_corner.y * cos(turn) - a_corner.x * sin(turn));
  float size = u_size * (v_selected > 0.5 ? 1.7 : v_kind == 0.0 || v_kind == 3.0 ? 0.72 : 1.0);
  v_corner = a_corner * (v_selected > 0.5 ? 1.7 : 1.0);
  vec4 centre = u_matrix * vec4(mix(a_way.xy, a_way.zw, part), 0.0, 1.0);
  gl_Position = a_state.z < 0.5 && v_selected < 0.5 ? vec4(2.0, 2.0, 2.0, 1.0) : centre + vec4(corner * size * u_pixel * centre.w, 0.0, 0.0);
}`

export const carFragmentShader = `#version 300 es
precision highp float;
uniform vec3 u_moving;
uniform vec3 u_parked;
uniform vec3 u_silent;
uniform vec3 u_outline;
uniform vec3 u_ring;
in vec2 v_corner;
flat in float v_kind;
flat in float v_fade;
flat in float v_selected;
out vec4 colour;
float arrow(vec2 p) {
  // An arrowhead with a notch: outside two slanted edges and the notch behind.
  p.y = -p.y;
  float side = dot(vec2(abs(p.x), p.y) - vec2(0.0, -0.86), normalize(vec2(1.62, -0.60)));
  float back = dot(vec2(abs(p.x), p.y) - vec2(0.0, 0.38), normalize(vec2(-0.42, 1.0)));
  return max(side, back);
}
void main() {
  float away = v_kind == 1.0 ? arrow(v_corner) : length(v_corner) - 0.66;
  float edge = fwidth(away) * 0.9;
  float body = 1.0 - smoothstep(-edge, edge, away);
  float halo = 1.0 - smoothstep(-edge, edge, away - 0.16);
  vec3 fill = v_kind == 0.0 ? u_parked : v_kind == 3.0 ? u_silent : u_moving;
  if (v_kind == 3.0) body *= smoothstep(-edge, edge, away + 0.30);
  vec4 drawn = vec4(u_outline, 1.0) * halo * 0.9;
  drawn = mix(drawn, vec4(fill, 1.0), body) * v_fade;
  if (v_selected > 0.5) {
    float ring = abs(length(v_corner) - 1.45) - 0.10;
    float ringEdge = fwidth(ring);
    float inRing = 1.0 - smoothstep(-ringEdge, ringEdge, ring);
    drawn = mix(drawn, vec4(u_ring, 1.0), inRing);
  }
  if (drawn.a < 0.01) discard;
  colour = drawn;
}`
