import { defineConfig } from "vitest/config";

const report = process.env.MUSTERBOOK_TEST_REPORT;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "test/browser/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Half of the time of the suite is two files of simulations: they run side by side.
    maxWorkers: 2,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
    coverage: {
      provider: "v8",
      include: ["packages/**/*.ts", "functions/**/*.ts", "stacks/**/*.ts"],
      reporter: ["text-summary", "html"],
      thresholds: {
        "packages/{onboard,stores,blocks,alerts}/**/{plan,classify,state}.ts": { branches: 100 },
      },
    },
  },
});
