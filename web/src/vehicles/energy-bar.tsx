const lowPercent = 12

/** Fuel or charge as a bar beside its number; the number says it all. */
export function EnergyBar({ percent, text }: { readonly percent: number | null; readonly text: string }) {
  if (percent === null) return <span>{text}</span>
  return (
    <span className={percent < lowPercent ? 'energy low' : 'energy'}>
      <svg viewBox="0 0 40 6" width="40" height="6" aria-hidden="true" preserveAspectRatio="none">
        <rect className="energy-track" width="40" height="6" rx="3" />
        <rect className="energy-fill" width={Math.max(2, (percent / 100) * 40)} height="6" rx="3" />
      </svg>
      {text}
    </span>
  )
}
