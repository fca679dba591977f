// Who is signed in, how the screen looks, and the way out.
import { Menu } from '@base-ui/react/menu'
import { useRef } from 'react'
import { Link } from 'wouter'
import { useSession } from '../session/session.tsx'
import { Icon } from './icons.tsx'
import { chooseTheme, useThemeChoice, type ThemeChoice } from './theme.ts'

const themes: readonly { readonly value: ThemeChoice; readonly name: string }[] = [
  { value: 'system', name: 'As the system' },
  { value: 'light', name: 'Light' },
  { value: 'dark', name: 'Dark' },
]

export function AccountMenu() {
  const { session, signOut } = useSession()
  const theme = useThemeChoice()
  // Inside the header, so that a reader finds the menu in a landmark.
  const place = useRef<HTMLDivElement>(null)
  return (
    <div ref={place}>
      <Menu.Root>
        <Menu.Trigger className="account" aria-label={`Account of ${session.name}`}>
          <Icon name="user" />
          <span className="account-name">{session.name}</span>
        </Menu.Trigger>
        <Menu.Portal container={place}>
          <Menu.Positioner className="menu-positioner" sideOffset={6} align="end">
            <Menu.Popup className="menu">
              <div className="menu-who">
                <strong>{session.name}</strong>
                <span>
                  {session.roles.join(', ')} of {session.tenant}
                </span>
              </div>
              <Menu.Separator className="menu-separator" />
              <Menu.RadioGroup value={theme} onValueChange={(value: ThemeChoice) => chooseTheme(value)}>
                <Menu.GroupLabel className="menu-label">Theme</Menu.GroupLabel>
                {themes.map(({ value, name }) => (
                  <Menu.RadioItem key={value} value={value} className="menu-item" closeOnClick={false}>
                    <Menu.RadioItemIndicator className="menu-check" keepMounted />
                    {name}
                  </Menu.RadioItem>
                ))}
              </Menu.RadioGroup>
              <Menu.Separator className="menu-separator" />
              <Menu.LinkItem className="menu-item" closeOnClick render={<Link href="/account" />}>
                Your account
              </Menu.LinkItem>
              <Menu.LinkItem className="menu-item" href="/api/docs" target="_blank" rel="noreferrer">
                API reference
              </Menu.LinkItem>
              <Menu.Item className="menu-item" onClick={() => void signOut()}>
                Sign out
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
    </div>
  )
}
