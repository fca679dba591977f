"""mq-bridge from MQTT to Kafka. Argument: the route, as JSON."""

import json
import sys

from mq_bridge import Route

Route.from_config(json.loads(sys.argv[1]), "bridge").run()
