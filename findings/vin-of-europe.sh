#!/usr/bin/env bash
# A European car has no valid VIN, and its model year is 1980, or which side its wheel is on (eight libraries for VINs).
#
# Guess: a VIN of Europe, which needs no check digit (ISO 3779; North America asks for it), is valid; the letter of its year, which comes
# round every 30 years, is resolved or given as both; and a maker that writes no year has none.
# Seen, four made-up VINs as makers in Europe build them and one of North America: vin and vin-validator refuse all four of Europe;
# vininfo and vin-parser call them valid by one function and wrong by another, and three libraries take them. universal-vin-decoder
# dates a Golf of 2010 to 1980, as a digit in the seventh place, here the model (1K), is the sign of the old round in North America;
# the others say 2010, or both years. Where Mercedes-Benz writes the side of the wheel (1 left, 2 right), all six that tell a year
# read one: 2001, and 2002 for the same car with its wheel on the right; none says that it does not know. And the maker of both
# is McLaren to vin-decode, since one model of that name came from the same works.
# So: refuse no vehicle for its check digit but one of North America; take the model year from the maker or the owner, not from the VIN.
#
# Needs: python3 with pip, npm. Takes about half a minute.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in vininfo==1.11.0 vin==0.6.2 vin-parser==0.0.1; do python3 -m pip install -q --target "${package%%=*}" "$package" 'setuptools<81' 2>/dev/null; done
npm install --silent --no-save --ignore-scripts vin-decode@0.2.0 universal-vin-decoder@1.0.0 car-vin-decoder@1.0.1 vin-validator@1.0.0 @vroomlabs/vin-validate@1.0.2 >/dev/null
cat > vins.json <<'P'
{"Golf of 2010": "WVWZZZ1KZAW000001", "Octavia of 2020": "TMBJJ7NE0L0000001", "Mercedes, wheel on the left": "WDD2040081A000001", "the same, on the right": "WDD2040082A000001", "Ford of Michigan, 2013": "1FTFW1ET5DFA00001"}
P
cat > read.py <<'P'
import json, sys
library = sys.argv[1]
if library == 'vininfo':
    from vininfo import Vin
    def tell(vin): return f'taken, verify_checksum {Vin(vin).verify_checksum()}, {Vin(vin).years}'
elif library == 'vin':
    from vin import VIN
    def tell(vin):
        try: return f'taken, {VIN(vin).model_year}'
        except ValueError as error: return f'error: {error}'
else:
    import vin_parser
    def tell(vin): return f'is_valid {vin_parser.is_valid(vin)}, check_valid {vin_parser.check_valid(vin)}, {vin_parser.year(vin)}'
for name, vin in json.load(open('vins.json')).items(): print(f'{library}, {name}:', tell(vin))
P
cat > read.cjs <<'P'
const vins = JSON.parse(require('fs').readFileSync('vins.json', 'utf8'))
const { decodeVIN, validateVIN } = require('universal-vin-decoder')
const { vinDecoder } = require('car-vin-decoder')
const decoder = require('vin-decode').default
const ways = {
  'universal-vin-decoder': (vin) => `valid ${validateVIN(vin).isValid}, ${decodeVIN(vin).info.modelYear}`,
  'car-vin-decoder': (vin) => { const { validate, year } = vinDecoder(vin); return `valid ${validate}, ${year}` },
  'vin-decode': (vin) => { const made = decoder(vin); const { manufacturer, possibleYears } = made.decode(); return `valid ${made.validate()}, ${possibleYears.join(' or ')}, ${manufacturer}` },
  'vin-validator': (vin) => `valid ${require('vin-validator').validate(vin)}`,
  '@vroomlabs/vin-validate': (vin) => `valid ${require('@vroomlabs/vin-validate').vinValidate(vin)}`,
}
for (const [library, tell] of Object.entries(ways)) for (const [name, vin] of Object.entries(vins)) console.log(`${library}, ${name}:`, tell(vin))
P
{ for library in vininfo vin vin-parser; do PYTHONPATH=$library python3 -W ignore read.py $library; done; node read.cjs; } | tee seen
diff seen - <<'P'
vininfo, Golf of 2010: taken, verify_checksum False, [2010, 1980]
vininfo, Octavia of 2020: taken, verify_checksum False, [2020, 1990]
vininfo, Mercedes, wheel on the left: taken, verify_checksum False, [2001]
vininfo, the same, on the right: taken, verify_checksum False, [2002]
vininfo, Ford of Michigan, 2013: taken, verify_checksum True, [2013, 1983]
vin, Golf of 2010: error: VIN check digit is incorrect
vin, Octavia of 2020: error: VIN check digit is incorrect
vin, Mercedes, wheel on the left: error: VIN check digit is incorrect
vin, the same, on the right: error: VIN check digit is incorrect
vin, Ford of Michigan, 2013: taken, 2013
vin-parser, Golf of 2010: is_valid True, check_valid False, 2010
vin-parser, Octavia of 2020: is_valid True, check_valid False, 2020
vin-parser, Mercedes, wheel on the left: is_valid True, check_valid False, 2001
vin-parser, the same, on the right: is_valid True, check_valid False, 2002
vin-parser, Ford of Michigan, 2013: is_valid True, check_valid True, 2013
universal-vin-decoder, Golf of 2010: valid true, 1980
universal-vin-decoder, Octavia of 2020: valid true, 2020
universal-vin-decoder, Mercedes, wheel on the left: valid true, 2001
universal-vin-decoder, the same, on the right: valid true, 2002
universal-vin-decoder, Ford of Michigan, 2013: valid true, 2013
car-vin-decoder, Golf of 2010: valid true, 2010
car-vin-decoder, Octavia of 2020: valid true, 2020
car-vin-decoder, Mercedes, wheel on the left: valid true, 2001
car-vin-decoder, the same, on the right: valid true, 2002
car-vin-decoder, Ford of Michigan, 2013: valid true, 2013
vin-decode, Golf of 2010: valid true, 2010 or 1980, Volkswagen
vin-decode, Octavia of 2020: valid true, 2020 or 1990, Škoda (Czech Republic)
vin-decode, Mercedes, wheel on the left: valid true, 2001, McLaren
vin-decode, the same, on the right: valid true, 2002, McLaren
vin-decode, Ford of Michigan, 2013: valid true, 2013 or 1983, Ford Motor Company
vin-validator, Golf of 2010: valid false
vin-validator, Octavia of 2020: valid false
vin-validator, Mercedes, wheel on the left: valid false
vin-validator, the same, on the right: valid false
vin-validator, Ford of Michigan, 2013: valid true
@vroomlabs/vin-validate, Golf of 2010: valid true
@vroomlabs/vin-validate, Octavia of 2020: valid true
@vroomlabs/vin-validate, Mercedes, wheel on the left: valid true
@vroomlabs/vin-validate, the same, on the right: valid true
@vroomlabs/vin-validate, Ford of Michigan, 2013: valid true
P
echo 'as before'
