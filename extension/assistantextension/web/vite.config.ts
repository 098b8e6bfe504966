import { defineConfig } from 'vite';

// Names without hashes: the server answers with an ETag, and a committed file keeps its history.
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: true,
    rollupOptions: {
      output: {
        entryFileNames: 'assets/page.js',
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/page[extname]',
      },
    },
  },
  // `npm run dev` beside `go run ./extension/assistantextension/internal/fixtureserver`.
  server: { proxy: { '/api': 'http://127.0.0.1:4380' } },
});
