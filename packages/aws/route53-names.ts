const MARKER_LABEL = "_musterbook";
const MARKER = /^"heritage=musterbook,musterbook\/owner=(?<owner>[^",\\]+)"$/;

/** A name as Musterbook writes it: Route53 ends names with a dot, and writes `*` as `\052`. */
export function plainName(name: string): string {
  const unescaped = name.replaceAll(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return unescaped.toLowerCase().replace(/\.$/, "");
}

/** Where the owner of `name` is noted: a name that is an alias for another (CNAME) can hold nothing else. */
export function markerName(name: string): string {
  return `${MARKER_LABEL}.${name}`;
}

/** The value of the marker's TXT record, in the form that external-dns has made known. */
export function markerValue(owner: string): string {
  return `"heritage=musterbook,musterbook/owner=${owner}"`;
}

/** The owner that a TXT value names; null when it is no marker of ours. */
export function ownerOf(value: string): string | null {
  return MARKER.exec(value)?.groups?.owner ?? null;
}
