const MS = { second: 1000, minute: 60_000, hour: 3_600_000 } as const;
const NAMED = 3;

/** RFC 3339 in UTC, cut to the second. */
export function instant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** A duration for people, by its two largest units: `2 d 4 h`, `3 m`. */
export function age(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / MS.minute);
  if (minutes === 0) return `${Math.floor(Math.max(0, ms) / MS.second)} s`;
  const units = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "m"],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

/** As Thanos's flags are given: `24 h`. */
export function hours(ms: number): string {
  return `${count(ms / MS.hour)} h`;
}

/** `1,680`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** The first three, and how many more there are. */
export function firstOf(items: readonly string[]): string {
  const more = items.length - NAMED;
  return `${items.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${count(more)} more` : ""}`;
}

/** `1 block`, `2 blocks`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}
