#!/usr/bin/env bash
# 3,000 revolutions a minute are 50 Hz or 314 Hz, and 150 PS are petasiemens (units of a vehicle catalogue in eight libraries).
#
# Guess (in this wording written down only after a first run): of the unit names that COVESA's VSS gives its signals (rpm, km/h, PS, Nm, celsius, l/100km ...) a library of units
# converts what it knows, rightly, and refuses the rest.
# Seen: none takes l/100km, kWh/100km or mpg. rpm to Hz is 50 in convert-units and 314.16 in pint and quantities, for which a turn is
# 2 pi of nothing; the five others refuse. pint takes PS for petasiemens and Nm, a torque, for a metric count of yarn; both go
# through and fail at a later conversion, or never. 20 degrees celsius are 20 K in quantities, and 5 degC are 9 degF there
# and in js-quantities (a difference), where all others that know them say 293.15 and 41. m/h is miles an hour in convert-units, 60 of
# them 96.6 km/h, and metres in five others.
# So: a table of your own from the catalogue's names to one base unit each (factor and offset), and a library only behind it.
#
# Needs: python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --target python pint==0.25.3 quantities==0.16.4 unyt==3.2.0 2>/dev/null
npm install --silent --no-save --ignore-scripts convert-units@2.3.4 js-quantities@1.8.0 mathjs@15.2.0 unitmath@0.8.8 convert@8.0.2 >/dev/null
cat > names.json <<'P'
[[3000, "rpm", "Hz"], [150, "PS", "kW"], [250, "Nm", "J"], [20, "celsius", "K"], [5, "degC", "degF"], [6.5, "l/100km", "l/km"], [17, "kWh/100km", "Wh/km"], [30, "mpg", "km/l"], [60, "m/h", "km/h"], [90, "km/h", "m/s"], [250, "kPa", "psi"], [50, "kWh", "MJ"]]
P
cat > convert.py <<'P'
import json
import pint, quantities, unyt
registry = pint.UnitRegistry()
def told(act):
    try: return f'{float(act()):.5g}'
    except Exception: return 'no'
def name(act):
    try: return str(act())
    except Exception: return 'no'
for value, unit, target in json.load(open('names.json')):
    print(f'{value} {unit} in {target}: pint', told(lambda: registry.Quantity(value, unit).to(target).magnitude), 'quantities', told(lambda: quantities.Quantity(value, unit).rescale(target)), 'unyt', told(lambda: unyt.unyt_quantity(value, unit).to(target)))
for unit in ('PS', 'Nm', 'rpm'): print(f'150 {unit} for pint are', name(lambda: registry.Quantity(150, unit)), '=', name(lambda: registry.Quantity(150, unit).to_base_units()))
P
cat > convert.mjs <<'P'
import { readFileSync } from 'node:fs'
import units from 'convert-units'
import Quantity from 'js-quantities'
import { unit } from 'mathjs'
import unitmath from 'unitmath'
import { convert } from 'convert'
const told = (act) => { try { return Number(Number(act()).toPrecision(5)) } catch { return 'no' } }
for (const [value, from, to] of JSON.parse(readFileSync('names.json', 'utf8')))
  console.log(`${value} ${from} in ${to}: convert-units ${told(() => units(value).from(from).to(to))} js-quantities ${told(() => Quantity(value, from).to(to).scalar)} mathjs ${told(() => unit(value, from).toNumber(to))} unitmath ${told(() => unitmath(value, from).to(to).getValue())} convert ${told(() => convert(value, from).to(to))}`)
P
{ PYTHONPATH=python python3 -W ignore convert.py; node convert.mjs; } | tee seen
diff seen - <<'P'
3000 rpm in Hz: pint 314.16 quantities 314.16 unyt no
150 PS in kW: pint no quantities no unyt no
250 Nm in J: pint no quantities no unyt no
20 celsius in K: pint 293.15 quantities 20 unyt 293.15
5 degC in degF: pint 41 quantities 9 unyt 41
6.5 l/100km in l/km: pint no quantities no unyt no
17 kWh/100km in Wh/km: pint no quantities no unyt no
30 mpg in km/l: pint no quantities no unyt no
60 m/h in km/h: pint 0.06 quantities 0.06 unyt no
90 km/h in m/s: pint 25 quantities 25 unyt no
250 kPa in psi: pint 36.259 quantities 36.259 unyt 36.259
50 kWh in MJ: pint 180 quantities no unyt 180
150 PS for pint are 150 petasiemens = 1.5e+17 ampere ** 2 * second ** 3 / kilogram / meter ** 2
150 Nm for pint are 150 number_meter = 150000.0 meter / kilogram
150 rpm for pint are 150 revolutions_per_minute = 15.707963267948966 radian / second
3000 rpm in Hz: convert-units 50 js-quantities no mathjs no unitmath no convert no
150 PS in kW: convert-units no js-quantities no mathjs no unitmath no convert no
250 Nm in J: convert-units no js-quantities no mathjs no unitmath no convert no
20 celsius in K: convert-units no js-quantities no mathjs 293.15 unitmath 293.15 convert 293.15
5 degC in degF: convert-units no js-quantities 9 mathjs 41 unitmath 41 convert no
6.5 l/100km in l/km: convert-units no js-quantities no mathjs no unitmath no convert no
17 kWh/100km in Wh/km: convert-units no js-quantities no mathjs no unitmath no convert no
30 mpg in km/l: convert-units no js-quantities no mathjs no unitmath no convert no
60 m/h in km/h: convert-units 96.561 js-quantities 0.06 mathjs 0.06 unitmath 0.06 convert no
90 km/h in m/s: convert-units 25 js-quantities 25 mathjs 25 unitmath 25 convert no
250 kPa in psi: convert-units 36.259 js-quantities 36.259 mathjs 36.259 unitmath 36.259 convert 36.259
50 kWh in MJ: convert-units no js-quantities 180 mathjs 180 unitmath 180 convert 180
P
echo 'as before'
