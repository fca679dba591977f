#!/usr/bin/env bash
# Two miles on a road sign are two kilometres, where a type of ASN.1 has two ranges (UPER, three compilers).
#
# Guess: compilers of ASN.1 write the same bytes in unaligned PER, the rules of CAM, DENM and IVI, for types of two ranges, lists of
# two lengths and fields behind a second extension mark as well; or they refuse the schema.
# Seen: asn1tools takes the first range alone, and checks nothing unless asked. The road signs of ISO 14823 (in IVI messages) have a unit (2..4 | 6..8):
# mile, 6, becomes kilometre, 2, by its own round trip. Where "not known" is (-60..67 | 127) that is -1 degrees, and each ordinary value
# has seven bits instead of eight and moves all behind it: -1 degrees at 50 km/h in lane 3 is 58 degrees at 100 km/h in lane 6. A door that
# is 7 has no bits and is 0, a plate of eight letters comes back with four, a way of two points with none. X.691 decides against it: a constrained
# whole number lies in a range from lb to ub, both of them permitted values, here -60 and 127, as Erlang and pycrate have it. pycrate on its part
# takes a field behind the second mark (..., ..., lane) for an extension: what it writes has lane 0 for asn1tools, what others write has none for it.
# So: in a schema of one's own write one range and name the value (INTEGER { unknown (127) } (-60..127)); for others' schemas search for | in
# ranges and sizes before asn1tools is used, and compare a second compiler's bytes once for each type.
#
# Needs: erlang-asn1 (Debian 12: 25.2.3), python3 with pip. Takes about ten seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python asn1tools==0.169.0 pycrate==0.8.1 2>/dev/null
cat > Car.asn1 <<'P'
Car DEFINITIONS AUTOMATIC TAGS ::= BEGIN
Outside ::= INTEGER (-60..67 | 127)
Charge ::= INTEGER (0..100 | 255)
Door ::= INTEGER (0 | 1 | 7)
Plate ::= IA5String (SIZE(1..4 | 8))
Way ::= SEQUENCE (SIZE(0 | 2..5)) OF INTEGER (0..7)
Distance ::= SEQUENCE { value INTEGER (1..16384), unit INTEGER (2..4 | 6..8) }
Report ::= SEQUENCE { outside Outside, speed INTEGER (0..255), lane INTEGER (0..7) }
Later ::= SEQUENCE { speed INTEGER (0..255), ..., ..., lane INTEGER (0..7) }
END
P
cat > write.escript <<'P'
#!/usr/bin/env escript
main(_) -> lists:foreach(fun({Name, Type, Value}) ->
    {ok, Bytes} = 'Car':encode(Type, Value), {ok, Value} = 'Car':decode(Type, Bytes),
    io:format("~s ~s~n", [Name, [io_lib:format("~2.16.0b", [Byte]) || <<Byte>> <= Bytes]])
  end, [{"cold", 'Outside', -1}, {"unknown", 'Outside', 127}, {"half", 'Charge', 50}, {"untold", 'Charge', 255}, {"door", 'Door', 7},
        {"short", 'Plate', "SAB1"}, {"long", 'Plate', "SAB12345"}, {"way", 'Way', [1, 2]}, {"sign", 'Distance', {'Distance', 2, 6}},
        {"report", 'Report', {'Report', -1, 50, 3}}, {"later", 'Later', {'Later', 50, 3}}]).
P
cat > read.py <<'P'
import contextlib, io
import asn1tools
from pycrate_asn1c.asnproc import compile_text
from pycrate_asn1c.generator import PycrateGenerator
with contextlib.redirect_stdout(io.StringIO()):
    compile_text(open('Car.asn1').read())
    PycrateGenerator('car_of_pycrate.py')
from car_of_pycrate import Car
tools, erlang = asn1tools.compile_files('Car.asn1', 'uper'), dict(line.split() for line in open('erlang'))
class Pycrate:
    def encode(self, kind, value):
        part = getattr(Car, kind)
        part.set_val(value)
        return part.to_uper()
    def decode(self, kind, data):
        part = getattr(Car, kind)
        part.from_uper(data)
        return part.get_val()
def attempt(run):
    try: return run()
    except Exception as error: return type(error).__name__
for name, kind, value in [('cold', 'Outside', -1), ('unknown', 'Outside', 127), ('half', 'Charge', 50), ('untold', 'Charge', 255), ('door', 'Door', 7), ('short', 'Plate', 'SAB1'), ('long', 'Plate', 'SAB12345'),
                          ('way', 'Way', [1, 2]), ('sign', 'Distance', {'value': 2, 'unit': 6}), ('report', 'Report', {'outside': -1, 'speed': 50, 'lane': 3}), ('later', 'Later', {'speed': 50, 'lane': 3})]:
    print(f'{kind} {value}, in Erlang {erlang[name]}')
    for library, other, way in [('asn1tools', 'pycrate', tools), ('pycrate', 'asn1tools', Pycrate())]:
        data = way.encode(kind, value)
        reader = tools if other == 'asn1tools' else Pycrate()
        print(f'  {library}: {data.hex() or "no byte"}, own {way.decode(kind, data)}, Erlang\'s {attempt(lambda: way.decode(kind, bytes.fromhex(erlang[name])))}, {other} makes of it {attempt(lambda: reader.decode(kind, data))}')
print('checked:', attempt(lambda: tools.encode('Outside', 127, check_constraints=True)))
P
erlc -buper Car.asn1
escript write.escript > erlang
PYTHONPATH=python python3 read.py | tee seen
diff seen - <<'P'
Outside -1, in Erlang 3b
  asn1tools: 76, own -1, Erlang's -31, pycrate makes of it 58
  pycrate: 3b, own -1, Erlang's -1, asn1tools makes of it -31
Outside 127, in Erlang bb
  asn1tools: 76, own -1, Erlang's 33, pycrate makes of it 58
  pycrate: bb, own 127, Erlang's 127, asn1tools makes of it 33
Charge 50, in Erlang 32
  asn1tools: 64, own 50, Erlang's 25, pycrate makes of it 100
  pycrate: 32, own 50, Erlang's 50, asn1tools makes of it 25
Charge 255, in Erlang ff
  asn1tools: fe, own 127, Erlang's 127, pycrate makes of it ASN1ObjErr
  pycrate: ff, own 255, Erlang's 255, asn1tools makes of it 127
Door 7, in Erlang e0
  asn1tools: no byte, own 0, Erlang's 0, pycrate makes of it CharpyErr
  pycrate: e0, own 7, Erlang's 7, asn1tools makes of it 0
Plate SAB1, in Erlang 74e0c262
  asn1tools: e9c184c4, own SAB1, Erlang's i`, pycrate makes of it CharpyErr
  pycrate: 74e0c262, own SAB1, Erlang's SAB1, asn1tools makes of it i`
Plate SAB12345, in Erlang f4e0c262c99b46a0
  asn1tools: e9c184c593368d40, own SAB1, Erlang's i`a, pycrate makes of it 'bdfhj
  pycrate: f4e0c262c99b46a0, own SAB12345, Erlang's SAB12345, asn1tools makes of it i`a
Way [1, 2], in Erlang 4500
  asn1tools: 28, own [], Erlang's [], pycrate makes of it ASN1ObjErr
  pycrate: 4500, own [1, 2], Erlang's [1, 2], asn1tools makes of it []
Distance {'value': 2, 'unit': 6}, in Erlang 000600
  asn1tools: 0004, own {'value': 2, 'unit': 2}, Erlang's {'value': 2, 'unit': 4}, pycrate makes of it CharpyErr
  pycrate: 000600, own {'value': 2, 'unit': 6}, Erlang's {'value': 2, 'unit': 6}, asn1tools makes of it {'value': 2, 'unit': 4}
Report {'outside': -1, 'speed': 50, 'lane': 3}, in Erlang 3b3260
  asn1tools: 7664c0, own {'outside': -1, 'speed': 50, 'lane': 3}, Erlang's {'outside': -31, 'speed': 153, 'lane': 1}, pycrate makes of it {'outside': 58, 'speed': 100, 'lane': 6}
  pycrate: 3b3260, own {'outside': -1, 'speed': 50, 'lane': 3}, Erlang's {'outside': -1, 'speed': 50, 'lane': 3}, asn1tools makes of it {'outside': -31, 'speed': 153, 'lane': 1}
Later {'speed': 50, 'lane': 3}, in Erlang 1930
  asn1tools: 1930, own {'speed': 50, 'lane': 3}, Erlang's {'speed': 50, 'lane': 3}, pycrate makes of it {'speed': 50}
  pycrate: 990080b000, own {'speed': 50, 'lane': 3}, Erlang's {'speed': 50}, asn1tools makes of it {'speed': 50, 'lane': 0}
checked: ConstraintsError
P
echo 'as before'
