import { Command } from "commander";
import { down, keep, up } from "#test/real/keeper";
import { provision } from "#test/real/programs/provision";
import { ProvisionError } from "#test/real/programs/run";

const program = new Command("real").description("The servers that Musterbook lives among, for a developer.");
program
  .command("provision")
  .description("make every program that the cache lacks")
  .action(() => provision(tell));
program
  .command("up")
  .description("start the whole set, print its addresses, and leave it running")
  .action(async () => {
    await provision(tell);
    await up(tell);
  });
program
  .command("down")
  .description("stop what up has started")
  .action(() => down(tell));
program.command("keep", { hidden: true }).action(keep);

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof ProvisionError)) throw error;
  tell(error.message);
  process.exitCode = 2;
}
