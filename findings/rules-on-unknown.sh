#!/usr/bin/env bash
# A car that does not tell its charge has under 20 %, and the alarm goes (rules as data and as text, 27 engines in four languages).
#
# Guess: a rule "charge < 20" on a car that tells no charge, or null, does not fire, or there is an error; no engine takes nothing for 0.
# Seen: nine fire for a missing charge: JsonLogic in JavaScript (two), Python, Rust and Go, hyperformula, JMESPath in JavaScript, gojq
# and aviator; for null also expr-eval, jexl (npm), jsonpath-plus and SpEL, thirteen in all. One rule is another one beyond a border of
# languages: JsonLogic in Java does not fire, nor do JMESPath and JSONPath in Python. Right without more: json-rules-engine, sift, jsonpath-ng,
# mongomock, JMESPath in Python, json-logic-java. An error say filtrex, mathjs, CEL, rule-engine, expr, commons-jexl, jsonata (null), expr-eval, MVEL and
# SpEL (missing). "charge > 80" fires in none of JavaScript's, so a test of a rule with > finds nothing; frost, a flat tyre and an empty tank are all rules with <.
# So: write each rule with its condition that the value is there ({"and": [{"!=": [{"var": "charge"}, null]}, …]}), and test it with a car that tells nothing.
#
# Needs: java 17, mvn, go, python3 with pip, npm. Takes about a minute and a half.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-save --ignore-scripts json-logic-js@2.0.5 json-logic-engine@5.0.7 json-rules-engine@7.3.1 expr-eval@2.0.2 jexl@2.3.0 filtrex@3.1.0 mathjs@15.2.0 hyperformula@3.5.0 jsonata@2.2.2 sift@17.1.4 jsonpath-plus@10.4.0 jmespath@0.16.0 >/dev/null
python3 -m pip install -q --target python panzi-json-logic==1.0.1 jsonlogic-rs==0.5.0 rule-engine==5.1.0 cel-python==0.5.0 jmespath==1.1.0 jsonpath-ng==1.16.0 mongomock==4.3.0 2>/dev/null
mkdir java && cat > java/pom.xml <<'P'
<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>x</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>io.github.jamsesso</groupId><artifactId>json-logic-java</artifactId><version>1.1.0</version></dependency>
<dependency><groupId>org.apache.commons</groupId><artifactId>commons-jexl3</artifactId><version>3.5.0</version></dependency>
<dependency><groupId>org.mvel</groupId><artifactId>mvel2</artifactId><version>2.5.2.Final</version></dependency>
<dependency><groupId>com.googlecode.aviator</groupId><artifactId>aviator</artifactId><version>5.4.3</version></dependency>
<dependency><groupId>org.springframework</groupId><artifactId>spring-context</artifactId><version>6.2.10</version></dependency></dependencies></project>
P
(cd java && mvn -q -B -ntp -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=libs >/dev/null)
cat > rule.mjs <<'P'
import exprEval from 'expr-eval'
import { compileExpression } from 'filtrex'
import { HyperFormula } from 'hyperformula'
import jexl from 'jexl'
import jmespath from 'jmespath'
import { LogicEngine } from 'json-logic-engine'
import jsonLogic from 'json-logic-js'
import { Engine } from 'json-rules-engine'
import jsonata from 'jsonata'
import { JSONPath } from 'jsonpath-plus'
import { evaluate } from 'mathjs'
import sift from 'sift'
const cars = { missing: {}, null: { charge: null }, '10 %': { charge: 10 }, '50 %': { charge: 50 } }
const thrown = (value) => { if (value instanceof Error) throw value; return value }
const engines = (sign) => ({
  'json-logic-js': (car) => jsonLogic.apply({ [sign[0]]: [{ var: 'charge' }, sign[1]] }, car), 'json-logic-engine': (car) => new LogicEngine().run({ [sign[0]]: [{ var: 'charge' }, sign[1]] }, car),
  'json-rules-engine': async (car) => (await new Engine([{ conditions: { all: [{ fact: 'charge', operator: sign[0] === '<' ? 'lessThan' : 'greaterThan', value: sign[1] }] }, event: { type: 'alarm' } }], { allowUndefinedFacts: true }).run(car)).events.length > 0,
  'expr-eval': (car) => exprEval.Parser.evaluate(`charge ${sign.join(' ')}`, car), jexl: (car) => jexl.evalSync(`charge ${sign.join(' ')}`, car), filtrex: (car) => thrown(compileExpression(`charge ${sign.join(' ')}`)(car)),
  mathjs: (car) => evaluate(`charge ${sign.join(' ')}`, { ...car }), hyperformula: (car) => HyperFormula.buildFromArray([[car.charge, `=A1${sign.join('')}`]], { licenseKey: 'gpl-v3' }).getCellValue({ sheet: 0, row: 0, col: 1 }),
  jsonata: (car) => jsonata(`charge ${sign.join(' ')}`).evaluate(car), sift: (car) => sift({ charge: { [sign[0] === '<' ? '$lt' : '$gt']: sign[1] } })(car),
  'jsonpath-plus': (car) => JSONPath({ path: `$[?(@.charge ${sign.join(' ')})]`, json: [car] }).length > 0, jmespath: (car) => jmespath.search([car], `[?charge ${sign[0]} \`${sign[1]}\`]`).length > 0,
})
const above = engines(['>', 80])
for (const [name, fires] of Object.entries(engines(['<', 20]))) {
  const told = []
  for (const [which, car] of Object.entries(cars)) told.push(`${which} ${await Promise.resolve().then(() => fires(car)).then((value) => (value ? 'fires' : 'no'), () => 'error')}`)
  for (const car of [cars.missing, cars.null]) if (await Promise.resolve().then(() => above[name](car)).then((value) => value === true, () => false)) told.push('> 80 fires')
  console.log(`${name}:`, told.join(', '))
}
P
cat > rule.py <<'P'
import celpy, jmespath, json_logic, jsonlogic_rs, mongomock, rule_engine
from jsonpath_ng.ext import parse
cars = {'missing': {}, 'null': {'charge': None}, '10 %': {'charge': 10}, '50 %': {'charge': 50}}
rule = {'<': [{'var': 'charge'}, 20]}
cel, rules = celpy.Environment(), rule_engine.Rule('charge < 20', context=rule_engine.Context(default_value=None))
def of_mongo(car):
    cars = mongomock.MongoClient().fleet.cars
    cars.insert_one(dict(car))
    return cars.count_documents({'charge': {'$lt': 20}})
engines = {'panzi-json-logic': lambda car: json_logic.jsonLogic(rule, car), 'jsonlogic-rs': lambda car: jsonlogic_rs.apply(rule, car), 'rule-engine': rules.matches,
    'cel-python': lambda car: cel.program(cel.compile('charge < 20')).evaluate({name: celpy.json_to_cel(value) for name, value in car.items()}), 'jmespath of Python': lambda car: jmespath.search('[?charge < `20`]', [car]),
    'jsonpath-ng': lambda car: parse('$[?(@.charge < 20)]').find([car]), 'mongomock': of_mongo}
for name, fires in engines.items():
    def told(car):
        try: return 'fires' if fires(car) else 'no'
        except Exception: return 'error'
    print(f'{name}:', ', '.join(f'{which} {told(car)}' for which, car in cars.items()))
P
mkdir go && cat > go/main.go <<'P'
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/diegoholiveira/jsonlogic/v3"
	"github.com/expr-lang/expr"
	"github.com/itchyny/gojq"
)

func main() {
	cars := []string{`{}`, `{"charge":null}`, `{"charge":10}`, `{"charge":50}`}
	query, _ := gojq.Parse(".charge < 20")
	engines := []struct {
		name  string
		fires func(text string, car map[string]any) (any, error)
	}{
		{"jsonlogic of Go", func(text string, _ map[string]any) (any, error) {
			var out bytes.Buffer
			err := jsonlogic.Apply(strings.NewReader(`{"<":[{"var":"charge"},20]}`), strings.NewReader(text), &out)
			return strings.TrimSpace(out.String()) == "true", err
		}},
		{"expr", func(_ string, car map[string]any) (any, error) { return expr.Eval("charge < 20", car) }},
		{"gojq", func(_ string, car map[string]any) (any, error) { told, _ := query.Run(car).Next(); return told, nil }},
	}
	for _, engine := range engines {
		told := []string{}
		for at, text := range cars {
			var car map[string]any
			json.Unmarshal([]byte(text), &car)
			word := "no"
			if fires, err := engine.fires(text, car); err != nil { word = "error" } else if fires == true { word = "fires" }
			told = append(told, []string{"missing", "null", "10 %", "50 %"}[at]+" "+word)
		}
		fmt.Println(engine.name+":", strings.Join(told, ", "))
	}
}
P
export GOPATH=$work/gopath GOFLAGS=-modcacherw
(cd go && go mod init x && go get github.com/diegoholiveira/jsonlogic/v3@v3.5.1 github.com/expr-lang/expr@v1.17.8 github.com/itchyny/gojq@v0.12.20 && go build -o ../rule .) >log 2>&1 || { cat log; exit 1; }
cat > Rule.java <<'P'
import java.util.*; import com.googlecode.aviator.AviatorEvaluator; import io.github.jamsesso.jsonlogic.JsonLogic; import org.apache.commons.jexl3.*; import org.mvel2.MVEL;
import org.springframework.context.expression.MapAccessor; import org.springframework.expression.spel.standard.SpelExpressionParser; import org.springframework.expression.spel.support.StandardEvaluationContext;
public class Rule {
  interface Fires { Object of(Map<String, Object> car) throws Exception; }
  public static void main(String[] none) {
    var cars = new LinkedHashMap<String, Map<String, Object>>(); cars.put("missing", new HashMap<>()); var silent = new HashMap<String, Object>(); silent.put("charge", null); cars.put("null", silent);
    cars.put("10 %", new HashMap<>(Map.of("charge", 10))); cars.put("50 %", new HashMap<>(Map.of("charge", 50)));
    tell("json-logic-java", cars, (car) -> new JsonLogic().apply("{\"<\":[{\"var\":\"charge\"},20]}", car));
    tell("commons-jexl", cars, (car) -> new JexlBuilder().create().createExpression("charge < 20").evaluate(new MapContext(car)));
    tell("MVEL", cars, (car) -> MVEL.eval("charge < 20", car));
    tell("aviator", cars, (car) -> AviatorEvaluator.execute("charge < 20", car));
    tell("SpEL", cars, (car) -> { var context = new StandardEvaluationContext(car); context.addPropertyAccessor(new MapAccessor()); return new SpelExpressionParser().parseExpression("charge < 20").getValue(context); });
  }
  static void tell(String name, Map<String, Map<String, Object>> cars, Fires fires) {
    var line = new StringJoiner(", ", name + ": ", "");
    cars.forEach((which, car) -> { String told; try { told = Boolean.TRUE.equals(fires.of(car)) ? "fires" : "no"; } catch (Exception error) { told = "error"; } line.add(which + " " + told); });
    System.out.println(line);
  }
}
P
{ node rule.mjs; PYTHONPATH=python python3 -W ignore rule.py; ./rule; java -cp 'java/libs/*' Rule.java 2>/dev/null | grep -v '^Standard Commons Logging'; } | tee seen
diff seen - <<'P'
json-logic-js: missing fires, null fires, 10 % fires, 50 % no
json-logic-engine: missing fires, null fires, 10 % fires, 50 % no
json-rules-engine: missing no, null no, 10 % fires, 50 % no
expr-eval: missing error, null fires, 10 % fires, 50 % no
jexl: missing no, null fires, 10 % fires, 50 % no
filtrex: missing error, null error, 10 % fires, 50 % no
mathjs: missing error, null error, 10 % fires, 50 % no
hyperformula: missing fires, null fires, 10 % fires, 50 % no
jsonata: missing no, null error, 10 % fires, 50 % no
sift: missing no, null no, 10 % fires, 50 % no
jsonpath-plus: missing no, null fires, 10 % fires, 50 % no
jmespath: missing fires, null fires, 10 % fires, 50 % no
panzi-json-logic: missing fires, null fires, 10 % fires, 50 % no
jsonlogic-rs: missing fires, null fires, 10 % fires, 50 % no
rule-engine: missing error, null error, 10 % fires, 50 % no
cel-python: missing error, null error, 10 % fires, 50 % no
jmespath of Python: missing no, null no, 10 % fires, 50 % no
jsonpath-ng: missing no, null no, 10 % fires, 50 % no
mongomock: missing no, null no, 10 % fires, 50 % no
jsonlogic of Go: missing fires, null fires, 10 % fires, 50 % no
expr: missing error, null error, 10 % fires, 50 % no
gojq: missing fires, null fires, 10 % fires, 50 % no
json-logic-java: missing no, null no, 10 % fires, 50 % no
commons-jexl: missing error, null error, 10 % fires, 50 % no
MVEL: missing error, null no, 10 % fires, 50 % no
aviator: missing fires, null fires, 10 % fires, 50 % no
SpEL: missing error, null fires, 10 % fires, 50 % no
P
echo 'as before'
