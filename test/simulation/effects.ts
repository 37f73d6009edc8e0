/** Thrown where the process dies. No handler may live on after it: every later effect of the same invocation throws it too. */
export class Crash extends Error {
  override readonly name = "Crash";
}

/** Where an invocation dies: before or after its n-th effect, counted over the whole run. */
export interface CrashPoint {
  readonly effect: number;
  readonly side: "before" | "after";
}

/** Methods that only look. */
const LOOKS: ReadonlySet<string | undefined> = new Set([
  ...["get", "list", "read", "find", "describe", "version", "proxyGet", "changeStatus", "accessPolicies"],
  ...["all", "due", "firing", "allFiring", "unpublished", "newestMaxTime"],
]);

/**
 * Everywhere where a run with these effects can die. After a look nothing is otherwise than before it, so dying there is
 * dying before it: one of the two is enough.
 */
export function crashPointsOf(names: readonly string[]): readonly (CrashPoint & { readonly where: string })[] {
  return names.flatMap((name, at) => {
    const sides: readonly CrashPoint["side"][] = LOOKS.has(name.split(".").at(-1)) ? ["before"] : ["before", "after"];
    return sides.map((side) => ({ effect: at + 1, side, where: `${side} effect ${at + 1}, ${name}` }));
  });
}

/** Counts the effects of a whole run; knows where to die. */
export interface EffectMeter {
  count: number;
  /** Names of the effects in order, `port.method`. */
  readonly names: string[];
  /** Crash points that were reached. */
  fired: number;
  readonly crashes: readonly CrashPoint[];
}

export function effectMeter(crashes: readonly CrashPoint[] = []): EffectMeter {
  return { count: 0, names: [], fired: 0, crashes };
}

/** Not effects: they look at nothing outside. What `connector` connects to is wrapped by who connects. */
const PURE = new Set(["clock", "log", "logger", "config", "connector"]);

/** One run of a function: it dies once, and nothing of it lives on. */
export interface Invocation {
  begin(effect: string): "goes-on" | "dies-after";
  die(effect: string): never;
  readonly isDead: boolean;
  /** Throws where the invocation died but its code went on, which a real one could not have. */
  confirmAlive(): void;
}

export function invocationOf(meter: EffectMeter): Invocation {
  let isDead = false;
  const die = (effect: string): never => {
    isDead = true;
    throw new Crash(effect);
  };
  return {
    get isDead() {
      return isDead;
    },
    die,
    begin: (effect) => {
      if (isDead) die(effect);
      meter.count += 1;
      meter.names.push(effect);
      const point = meter.crashes.find((crash) => crash.effect === meter.count);
      if (point !== undefined) meter.fired += 1;
      if (point?.side === "before") die(effect);
      return point === undefined ? "goes-on" : "dies-after";
    },
    confirmAlive: () => {
      if (isDead) throw new Crash("the invocation died");
    },
  };
}

/**
 * A port, or an object of ports, each method of which is an effect that can be the last one. The effects are what the
 * proxy sees, not a list by hand; ports that ports return (a bucket) are wrapped as they appear.
 */
export function crashable<P extends object>(port: P, invocation: Invocation, path = ""): P {
  return new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof key === "symbol" || (path === "" && PURE.has(key))) return member;
      return wrap(
        typeof member === "function" ? member.bind(target) : member,
        path === "" ? key : `${path}.${key}`,
        invocation,
      );
    },
  });
}

function wrap(value: unknown, path: string, invocation: Invocation): unknown {
  if (typeof value === "function")
    return (...args: unknown[]) => call(() => Reflect.apply(value, undefined, args), path, invocation);
  return typeof value === "object" && value !== null && offersMethods(value)
    ? crashable(value, invocation, path)
    : value;
}

function call(run: () => unknown, path: string, invocation: Invocation): unknown {
  const fate = invocation.begin(path);
  const finish = (outcome: unknown): unknown => {
    if (fate === "dies-after" || invocation.isDead) invocation.die(path);
    return wrap(outcome, path, invocation);
  };
  const outcome = run();
  return outcome instanceof Promise ? outcome.then(finish) : finish(outcome);
}

/** Whether something is a port: data is left alone. */
function offersMethods(value: object): boolean {
  return Object.values(value).some((member) => typeof member === "function");
}
