import { defineConfig } from 'vite';

/** The page draws lines: what uPlot brings to draw steps, bars and splines with is left out, so that bundling drops it. */
const linesOnly = {
  name: 'lines-only',
  transform(code: string, id: string) {
    if (!id.endsWith('uPlot.esm.js')) return;
    const offered = /^\s*\(paths\.(stepped|bars|spline) .*$|^\s*uPlot\.join = join;$/gm;
    if (code.match(offered)?.length !== 4) throw new Error('uPlot offers its paths in another way now: adapt vite.config.ts');
    return { code: code.replace(offered, ''), map: null };
  },
};

// Names without hashes: the server answers with an ETag, and a committed file keeps its history.
export default defineConfig({
  base: './',
  plugins: [linesOnly],
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
