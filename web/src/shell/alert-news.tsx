// Alerts as they happen: a toast that is read aloud, and fresh lists. Old ones that a reconnect
// brings are only listed.
import { Toast } from '@base-ui/react/toast'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { Link } from 'wouter'
import { alertTitle } from '../alerts/alert-words.ts'
import { formatInstant } from '../format/time.ts'
import { useLiveNews } from '../live/live-context.tsx'
import type { LiveNews } from '../live/live-client.ts'
import { Icon } from './icons.tsx'

const newsAgeMs = 5 * 60_000

export function AlertNews() {
  const { add, toasts, close } = Toast.useToastManager<{ href: string }>()
  const queryClient = useQueryClient()
  const listen = useCallback(
    (news: LiveNews) => {
      if (news.kind === 'reset') void queryClient.invalidateQueries()
      if (news.kind === 'signed-out') void queryClient.invalidateQueries({ queryKey: ['/session'] })
      if (news.kind !== 'alert') return
      void queryClient.invalidateQueries({ queryKey: ['/alerts'] })
      void queryClient.invalidateQueries({ queryKey: ['/alert', news.id] })
      if (news.alert === null || Date.now() - (news.alert.receivedAt ?? news.alert.at) > newsAgeMs) return
      add({
        id: news.id,
        title: `${alertTitle(news.alert)}: ${news.alert.vehicle}`,
        description: `At ${formatInstant(news.alert.at, Date.now())}`,
        priority: news.alert.severity === 'critical' && news.alert.status !== 'withdrawn' ? 'high' : 'low',
        type: news.alert.status === 'withdrawn' ? 'withdrawn' : news.alert.severity,
        data: { href: `/alerts/${encodeURIComponent(news.id)}` },
      })
    },
    [add, queryClient],
  )
  useLiveNews(listen)
  return (
    <Toast.Portal>
      <Toast.Viewport className="toasts" aria-label="New alerts">
        {toasts.map((toast) => (
          <Toast.Root key={toast.id} toast={toast} className={`toast ${toast.type ?? ''}`} swipeDirection="right">
            <Icon name="alerts" />
            <Toast.Content className="toast-content">
              <Toast.Title className="toast-title" />
              <Toast.Description className="toast-description" />
              <Link href={toast.data?.href ?? '/alerts'} onClick={() => close(toast.id)}>
                Show the alert
              </Link>
            </Toast.Content>
            <Toast.Close className="icon-button" aria-label="Dismiss">
              <Icon name="close" />
            </Toast.Close>
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  )
}
