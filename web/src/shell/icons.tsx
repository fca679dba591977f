// The icons of the dashboard, 20 × 20, drawn with one line. They decorate words that are there, so
// all are hidden from readers.
import type { ReactNode } from 'react'

const paths = {
  map: <path d="M7.5 4 3 5.8v10.4l4.5-1.8 5 1.8 4.5-1.8V4l-4.5 1.8L7.5 4Zm0 0v10.4m5-8.6v10.4" />,
  vehicles: (
    <path d="M3.5 11.5v3.2h1.6m9.8 0h1.6v-3.2l-1.8-1.2-1.5-3.5a1.6 1.6 0 0 0-1.5-1H8.3a1.6 1.6 0 0 0-1.5 1l-1.5 3.5-1.8 1.2Zm1.8-1.2h9.4M8 14.7h4M5.1 14.7a1.45 1.45 0 1 0 2.9 0 1.45 1.45 0 0 0-2.9 0Zm6.9 0a1.45 1.45 0 1 0 2.9 0 1.45 1.45 0 0 0-2.9 0Z" />
  ),
  trips: (
    <path d="M5.5 16.5h6a3 3 0 0 0 0-6h-3a3 3 0 0 1 0-6h4.2M5.5 16.5a1.3 1.3 0 1 0-2.6 0 1.3 1.3 0 0 0 2.6 0Zm11.6-12a1.3 1.3 0 1 0-2.6 0 1.3 1.3 0 0 0 2.6 0Z" />
  ),
  alerts: <path d="M10 3.5 2.8 16h14.4L10 3.5Zm0 5v3.6m0 2v.1" />,
  system: <path d="M3 10.5h3l2-6 4 11 2-5h3" />,
  audit: <path d="M5.5 3h9v14h-9zM8 7h4m-4 3.2h4m-4 3.2h2.5" />,
  user: <path d="M10 10.2a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.8 6a5.8 5.8 0 0 1 11.6 0" />,
  search: <path d="M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5 3.5 3.5" />,
  close: <path d="m5.5 5.5 9 9m0-9-9 9" />,
  plus: <path d="M10 4.5v11M4.5 10h11" />,
  minus: <path d="M4.5 10h11" />,
  fit: <path d="M4 7.5V4h3.5M12.5 4H16v3.5m0 5V16h-3.5m-5 0H4v-3.5" />,
  locate: <path d="M10 6.2a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6Zm0-3.7v3m0 9v3m-7.5-7.5h3m9 0h3" />,
  play: <path d="M6.5 4.5v11l9-5.5-9-5.5Z" fill="currentColor" />,
  pause: <path d="M7 4.5v11m6-11v11" strokeWidth="2.6" />,
  previous: <path d="m12 5-5 5 5 5" />,
  next: <path d="m8 5 5 5-5 5" />,
  chart: <path d="M3.5 3.5v13h13M6.5 12.5l3-4 2.5 2.5 4-5.5" />,
  up: <path d="m5 12 5-5 5 5" />,
  share: <path d="M10 12.5v-9m0 0L6.8 6.7M10 3.5l3.2 3.2M5 9.5H4v7h12v-7h-1" />,
  refresh: <path d="M15.6 8A6 6 0 1 0 16 11.4M16 4v4.2h-4.2" />,
} as const satisfies Record<string, ReactNode>

export type IconName = keyof typeof paths

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 20 20"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {paths[name]}
    </svg>
  )
}

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#1d5fd6" />
      <path d="M10 25c0-9 12-7 12-16" fill="none" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" />
      <circle cx="22" cy="8" r="3.4" fill="#fff" />
    </svg>
  )
}
