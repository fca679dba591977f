// Kinds of vehicles, by the categories of UNECE R.E.3 (ECE/TRANS/WP.29/78/Rev.6, section 2), and
// senders that are none. VSS 6.0 has no signal that tells a category: `Vehicle.Body.BodyType` is a
// code of the maker's in the VIN (ISO 3779). The rules of each kind for what jobs derive are in
// jobs/kind-rules.ts.

/** `machine` are tractors and what works rather than carries; `fixed` is what stays where it was
 *  built, as a road-side unit or a charger. */
export const vehicleKinds = ['car', 'van', 'truck', 'bus', 'two-wheeler', 'trailer', 'machine', 'fixed'] as const
export type VehicleKind = (typeof vehicleKinds)[number]

/** Facts of a vehicle beside what it says itself. Null is not known: nobody says that it is a
 *  car. */
export type VehicleFacts = {
  readonly kind: VehicleKind | null
  /** The model as its maker calls it, as an operator writes it, and the version of that. */
  readonly model: string | null
  readonly version: string | null
}

/** Some models, by name and version: each may hold one `*`, and a version that is not given is
 *  any. */
export type ModelRange = { readonly model: string; readonly version?: string }

export const noFacts: VehicleFacts = { kind: null, model: null, version: null }
