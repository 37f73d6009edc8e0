import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const report = process.env.MUSTERBOOK_TEST_REPORT;

/** The two simulations are half of the suite's time: begun first, they run beside everything else. */
class SimulationsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes("/test/simulation/");
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/real/**", "test/browser/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: SimulationsFirst },
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
