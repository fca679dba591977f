// All cars as one custom WebGL layer over one buffer: a tick uploads the frame, a frame is one
// instanced draw. The glide between two reports happens in the vertex shader.
import type { CustomLayerInterface, Map as MapLibre } from 'maplibre-gl'
import { anchor, carStride, column, movingFromKmh, silentAfterMs, staleAfterMs } from '../live/car-columns.ts'
import type { LiveClient } from '../live/live-client.ts'
import { carFragmentShader, carVertexShader } from './car-shaders.ts'
import { frameIntervalMs } from './frame-pacing.ts'
import { worldsBetween, type View } from './pick-car.ts'

export type CarPalette = {
  readonly moving: string
  readonly parked: string
  readonly silent: string
  readonly outline: string
  readonly ring: string
}

export const carPalettes: Readonly<Record<'light' | 'dark', CarPalette>> = {
  light: { moving: '#1d5fd6', parked: '#64707f', silent: '#9a6b1f', outline: '#ffffff', ring: '#0b1220' },
  dark: { moving: '#6fb0ff', parked: '#8b97a8', silent: '#d2a252', outline: '#0b0f15', ring: '#ffffff' },
}

export type CarLayer = CustomLayerInterface & {
  setPalette(palette: CarPalette): void
  setSelected(vehicle: string | null): void
  setGlide(glide: boolean): void
  /** The camera of the last frame drawn. */
  view(): View | null
}

const rgb = (hex: string): [number, number, number] =>
  [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255) as [number, number, number]

/** Half a car in CSS pixels: small over the city, where they are many, larger in the street, and
 *  over a country, where one is easily missed. */
const sizePx = (zoom: number): number =>
  zoom < 11 ? 3.6 + Math.min(3.4, (11 - zoom) * 0.7) : Math.min(13, 3.6 + (zoom - 11) * 1.55)

export function createCarLayer(live: LiveClient, id = 'cars'): CarLayer {
  let map: MapLibre | undefined
  let drawing: Drawing | undefined
  let palette = carPalettes.light
  let selected: string | null = null
  let glide = true
  let uploaded: Float32Array | null = null
  let view: View | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopTicks: (() => void) | undefined

  const upload = (gl: WebGL2RenderingContext, floats: Float32Array, count: number): void => {
    const sinceMs = performance.now()
    gl.bindBuffer(gl.ARRAY_BUFFER, drawing?.cars ?? null)
    gl.bufferData(gl.ARRAY_BUFFER, floats.subarray(0, count * carStride), gl.DYNAMIC_DRAW)
    uploaded = floats
    live.spend(sinceMs)
  }

  /** The next frame of the glide. */
  const schedule = (): void => {
    if (timer !== undefined || !glide || map === undefined) return
    const { lat } = map.getCenter()
    timer = setTimeout(
      () => {
        timer = undefined
        map?.triggerRepaint()
      },
      frameIntervalMs(map.getZoom(), lat),
    )
  }

  return {
    id,
    type: 'custom',
    renderingMode: '2d',
    setPalette(next) {
      palette = next
      map?.triggerRepaint()
    },
    setSelected(vehicle) {
      selected = vehicle
      map?.triggerRepaint()
    },
    setGlide(next) {
      glide = next
      map?.triggerRepaint()
    },
    view: () => view,
    onAdd(added, gl) {
      map = added
      drawing = openDrawing(gl)
      uploaded = null
      // While cars glide the next frame shows the tick as well: at most a quarter of a second
      // later, where nobody can see that.
      stopTicks = live.onTick(() => {
        if (timer === undefined) added.triggerRepaint()
      })
    },
    onRemove(_, gl) {
      clearTimeout(timer)
      stopTicks?.()
      if (drawing !== undefined) closeDrawing(gl, drawing)
      map = undefined
      drawing = undefined
    },
    render(gl, input) {
      const frame = live.frame()
      if (frame === null || frame.count === 0 || drawing === undefined || map === undefined) return
      const matrix = input.defaultProjectionData.mainMatrix as ArrayLike<number>
      const canvas = map.getCanvas()
      const edges = map.getBounds()
      const worlds = worldsBetween(edges.getWest(), edges.getEast())
      view = { matrix: Array.from(matrix), widthPx: canvas.clientWidth, heightPx: canvas.clientHeight, worlds }
      gl.bindVertexArray(drawing.vertices)
      if (uploaded !== frame.floats) upload(gl, frame.floats, frame.count)
      const slot = selected === null ? undefined : live.slotOf(selected)
      draw(gl, drawing, {
        matrices: worlds.map((world) => relative(matrix, world)),
        nowS: (Date.now() - frame.epochAt) / 1000,
        halfSizePx: sizePx(map.getZoom()) * (canvas.width / Math.max(1, canvas.clientWidth)),
        bearing: (map.getBearing() * Math.PI) / 180,
        selected: slot ?? -1,
        glide,
        palette,
        count: frame.count,
      })
      gl.bindVertexArray(null)
      schedule()
    },
  }
}

/** The camera moved to the anchor of a copy of the world in 64 bits, so that what is left fits in
 *  32. */
function relative(matrix: ArrayLike<number>, world: number): Float32Array {
  const moved = Float32Array.from(matrix)
  for (let row = 0; row < 4; row++)
    moved[12 + row] =
      (matrix[row] ?? 0) * (anchor.x + world) + (matrix[4 + row] ?? 0) * anchor.y + (matrix[12 + row] ?? 0)
  return moved
}

type Drawing = {
  readonly program: WebGLProgram
  readonly vertices: WebGLVertexArrayObject
  readonly corners: WebGLBuffer
  readonly cars: WebGLBuffer
  readonly uniform: (name: string) => WebGLUniformLocation | null
}

type Scene = {
  /** One for each copy of the world in view. */
  readonly matrices: readonly Float32Array[]
  readonly nowS: number
  readonly halfSizePx: number
  readonly bearing: number
  readonly selected: number
  readonly glide: boolean
  readonly palette: CarPalette
  readonly count: number
}

function draw(gl: WebGL2RenderingContext, { program, uniform }: Drawing, scene: Scene): void {
  gl.useProgram(program)
  gl.uniform2f(uniform('u_pixel'), 2 / gl.drawingBufferWidth, 2 / gl.drawingBufferHeight)
  gl.uniform1f(uniform('u_now'), scene.nowS)
  gl.uniform1f(uniform('u_size'), scene.halfSizePx)
  gl.uniform1f(uniform('u_bearing'), scene.bearing)
  gl.uniform1f(uniform('u_stale_after'), staleAfterMs / 1000)
  gl.uniform1f(uniform('u_silent_after'), silentAfterMs / 1000)
  gl.uniform1f(uniform('u_moving_from'), movingFromKmh)
  gl.uniform1f(uniform('u_glide'), scene.glide ? 1 : 0)
  gl.uniform1i(uniform('u_selected'), scene.selected)
  for (const name of ['moving', 'parked', 'silent', 'outline', 'ring'] as const)
    gl.uniform3fv(uniform(`u_${name}`), rgb(scene.palette[name]))
  gl.disable(gl.DEPTH_TEST)
  gl.disable(gl.STENCIL_TEST)
  gl.disable(gl.CULL_FACE)
  gl.enable(gl.BLEND)
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
  for (const matrix of scene.matrices) {
    gl.uniformMatrix4fv(uniform('u_matrix'), false, matrix)
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, scene.count)
  }
}

function openDrawing(gl: WebGL2RenderingContext): Drawing {
  const program = gl.createProgram()
  for (const [type, text] of [
    [gl.VERTEX_SHADER, carVertexShader],
    [gl.FRAGMENT_SHADER, carFragmentShader],
  ] as const) {
    const shader = gl.createShader(type)
    if (shader === null) throw new Error('This browser gave no WebGL shader; reload the page.')
    gl.shaderSource(shader, text)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
    gl.deleteShader(shader)
  }
  const attributes = [
    ['a_way', 4, column.fromX],
    ['a_course', 4, column.startS],
    ['a_state', 3, column.heardAtS],
  ] as const
  gl.bindAttribLocation(program, 0, 'a_corner')
  attributes.forEach(([name], index) => gl.bindAttribLocation(program, index + 1, name))
  gl.linkProgram(program)
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true && !gl.isContextLost())
    throw new Error(`The car shader does not link: ${gl.getProgramInfoLog(program) ?? ''}`)

  const vertices = gl.createVertexArray()
  const corners = gl.createBuffer()
  const cars = gl.createBuffer()
  gl.bindVertexArray(vertices)
  gl.bindBuffer(gl.ARRAY_BUFFER, corners)
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW)
  gl.enableVertexAttribArray(0)
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0)
  gl.bindBuffer(gl.ARRAY_BUFFER, cars)
  attributes.forEach(([, size, offset], index) => {
    gl.enableVertexAttribArray(index + 1)
    gl.vertexAttribPointer(index + 1, size, gl.FLOAT, false, carStride * 4, offset * 4)
    gl.vertexAttribDivisor(index + 1, 1)
  })
  gl.bindVertexArray(null)
  const locations = new Map<string, WebGLUniformLocation | null>()
  const uniform = (name: string): WebGLUniformLocation | null => {
    if (!locations.has(name)) locations.set(name, gl.getUniformLocation(program, name))
    return locations.get(name) ?? null
  }
  return { program, vertices, corners, cars, uniform }
}

function closeDrawing(gl: WebGL2RenderingContext, { program, vertices, corners, cars }: Drawing): void {
  gl.deleteProgram(program)
  gl.deleteVertexArray(vertices)
  gl.deleteBuffer(corners)
  gl.deleteBuffer(cars)
}
