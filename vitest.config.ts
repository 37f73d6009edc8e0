import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "test/browser/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    coverage: {
      provider: "v8",
      include: ["packages/**/*.ts", "functions/**/*.ts", "stacks/**/*.ts"],
      reporter: ["text-summary", "html"],
      thresholds: {
        "packages/**/{plan,classify,state}.ts": { branches: 100 },
      },
    },
  },
});
