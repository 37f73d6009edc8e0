import { defineConfig } from "vitest/config";

const report = process.env.MUSTERBOOK_REAL_REPORT;

/** The suite with real programs: `npm run test:real` (docs/testing.md). */
export default defineConfig({
  test: {
    include: ["test/real/**/*.test.ts"],
    globalSetup: ["test/real/setup/global.ts"],
    setupFiles: ["test/real/setup/each-file.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
