import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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

/** Both dictionaries have the same keys, which a test holds: the Korean one is bundled as a list in the order of the other. */
const keysOnce = {
  name: 'keys-once',
  enforce: 'pre' as const,
  resolveId: (source: string) => (source.endsWith('i18n/ko.json') ? '\0ko' : undefined),
  load(id: string) {
    if (id !== '\0ko') return;
    const at = (language: string) => fileURLToPath(new URL(`./src/i18n/${language}.json`, import.meta.url));
    const read = (language: string) => JSON.parse(readFileSync(at(language), 'utf8')) as Record<string, string>;
    const ko = read('ko');
    const list = Object.keys(read('en')).map((key) => ko[key]);
    return `import en from ${JSON.stringify(at('en'))};
const list = ${JSON.stringify(list)};
export default Object.fromEntries(Object.keys(en).map((key, i) => [key, list[i]]));`;
  },
};

// Names without hashes: the server answers with an ETag, and a committed file keeps its history.
export default defineConfig({
  base: './',
  plugins: [linesOnly, keysOnce],
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
