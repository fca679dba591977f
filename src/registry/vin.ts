// Vehicle identification numbers (ISO 3779): 17 characters without I, O and Q. Of those from North
// America (49 CFR 565.15) the ninth is computed from the others, so that a slip shows; others put
// there what they like.

const form = /^[A-HJ-NPR-Z0-9]{17}$/
const fromNorthAmerica = /^[1-5]/

/** As it is kept: upper case, without spaces and hyphens. */
export const tidyVin = (text: string): string => text.toUpperCase().replaceAll(/[\s-]/g, '')

/** Null: nothing is wrong with it. */
export function vinFault(vin: string): string | null {
  if (form.test(vin)) return null
  return 'A VIN has 17 letters and digits, without I, O and Q. Copy it from the registration document.'
}

/** A slip that it seems to hold; null: none, or it cannot be told. */
export function vinDoubt(vin: string): string | null {
  if (!form.test(vin) || !fromNorthAmerica.test(vin)) return null
  const expected = checkDigit(vin)
  if (vin[8] === expected) return null
  return `The ninth character of this VIN should be ${expected}, by the others: compare it with the registration document.`
}

const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
/** Values of A to Z, and nothing for the letters that no VIN has. */
const letterValues = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9]

function checkDigit(vin: string): string {
  const sum = weights.reduce((total, weight, index) => total + weight * valueOf(vin.charCodeAt(index)), 0)
  return sum % 11 === 10 ? 'X' : String(sum % 11)
}

const valueOf = (code: number): number => (code < 65 ? code - 48 : (letterValues[code - 65] ?? 0))
