import { judge } from "#bench/audit/judge";
import { isShape } from "#bench/audit/shapes";

/* One shape of one size, in a process of its own: `<shape> <blocks>`. Prints what it took as JSON. */

const [, , shape = "", blocks] = process.argv;
if (!isShape(shape)) throw new RangeError(`no shape ${shape}`);
process.stdout.write(JSON.stringify(await judge(shape, Number(blocks))));
