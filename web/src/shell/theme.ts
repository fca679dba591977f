// Light or dark: the system's choice until a person makes one, which is kept in this browser.
import { useEffect, useState, useSyncExternalStore } from 'react'
import { createStore } from '../live/store.ts'

export type ThemeChoice = 'system' | 'light' | 'dark'
export type Theme = 'light' | 'dark'

const storageKey = 'roadstream-theme'

function storedChoice(): ThemeChoice {
  try {
    const kept = localStorage.getItem(storageKey)
    return kept === 'light' || kept === 'dark' ? kept : 'system'
  } catch {
    return 'system'
  }
}

const choice = createStore<ThemeChoice>(storedChoice())
const systemDark = matchMedia('(prefers-color-scheme: dark)')

const resolve = (chosen: ThemeChoice): Theme => (chosen === 'system' ? (systemDark.matches ? 'dark' : 'light') : chosen)

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = choice.get()
}

export function chooseTheme(next: ThemeChoice): void {
  choice.set(next)
  applyTheme()
  try {
    if (next === 'system') localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, next)
  } catch {
    // A browser without storage still gets the theme, for this visit.
  }
}

export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(choice.subscribe, choice.get)

/** The theme shown now, for what CSS does not reach: maps and charts. */
export function useTheme(): Theme {
  const chosen = useThemeChoice()
  const [theme, setTheme] = useState(() => resolve(chosen))
  useEffect(() => {
    const update = (): void => setTheme(resolve(chosen))
    update()
    systemDark.addEventListener('change', update)
    return () => systemDark.removeEventListener('change', update)
  }, [chosen])
  return theme
}

export function useReducedMotion(): boolean {
  const [query] = useState(() => matchMedia('(prefers-reduced-motion: reduce)'))
  return useSyncExternalStore(
    (listener) => {
      query.addEventListener('change', listener)
      return () => query.removeEventListener('change', listener)
    },
    () => query.matches,
  )
}
