import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  build: {
    // The editor itself needs browsers of this age.
    target: 'es2022',
    // Measuring compressed sizes takes longer than the build.
    reportCompressedSize: false,
    chunkSizeWarningLimit: 10_000,
  },
  worker: { format: 'es' },
});
