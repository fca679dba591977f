// Outages as probes are told them: whoever may ask without a session is told no place.

/** An outage as plain data, which goes from thread to thread and process to process. */
export type OutageReport = { readonly code: string; readonly message: string }

const settingName = /\bROADSTREAM_[A-Z_]+[A-Z]/g

/** The code, and the settings that the words for operators name. */
export function placeless({ code, message }: OutageReport): string {
  const settings = [...new Set(message.match(settingName))]
  return settings.length === 0 ? code : `${code}: ${settings.join(', ')}`
}
