// Builds the dashboard to web/dist. Nothing is inlined, so the page runs under a policy of
// `script-src 'self'; worker-src 'self'`.
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const apiOrigin = process.env['ROADSTREAM_API'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    // These have light-dark(); below them it would be rewritten into something larger.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // maplibre-gl alone is about 1 MB; it is a chunk of its own and loads after the shell.
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: { '/api': { target: apiOrigin, changeOrigin: true } } },
})
