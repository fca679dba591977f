// A client of MQTT.js that ends with its scope: one that stays connected would keep the process of
// a test that failed.
import { connectAsync, type MqttClient } from 'mqtt'

export async function openClient(url: string): Promise<{ readonly client: MqttClient } & AsyncDisposable> {
  const client = await connectAsync(url)
  return { client, [Symbol.asyncDispose]: () => client.endAsync() }
}
