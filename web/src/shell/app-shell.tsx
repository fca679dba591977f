// The frame around every page: where one can go, whether the feed lives, who is signed in.
import { Toast } from '@base-ui/react/toast'
import { useEffect, useRef, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { places } from '../pages.tsx'
import { useSession } from '../session/session.tsx'
import { AccountMenu } from './account-menu.tsx'
import { AlertNews } from './alert-news.tsx'
import { ConnectionBadge } from './connection-badge.tsx'
import { Icon, Mark } from './icons.tsx'

export function AppShell({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation()
  const { session } = useSession()
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  // A page is a new place: the keyboard starts at its top, and a reader hears its heading.
  useEffect(() => {
    if (first.current) first.current = false
    else main.current?.focus({ preventScroll: false })
  }, [path])

  return (
    <Toast.Provider limit={3} timeout={12_000}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div className="shell">
        <header className="topbar">
          <Link href="/" className="brand" aria-label="Roadstream, live map">
            <Mark />
            <span>Roadstream</span>
          </Link>
          <nav className="nav" aria-label="Main">
            <ul>
              {places
                .filter(({ needs }) => needs === undefined || session.permissions.includes(needs))
                .map(({ href, name, icon }) => {
                  const here = href === '/' ? path === '/' : path.startsWith(href)
                  return (
                    <li key={href}>
                      <Link href={href} aria-current={here ? 'page' : undefined}>
                        <Icon name={icon} />
                        <span>{name}</span>
                      </Link>
                    </li>
                  )
                })}
            </ul>
          </nav>
          <div className="topbar-end">
            <ConnectionBadge />
            <AccountMenu />
          </div>
        </header>
        <main id="main" className="main" ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
      <AlertNews />
    </Toast.Provider>
  )
}
