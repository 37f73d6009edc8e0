const MINUTE = 60_000;
const SHAPE =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d{1,2}):(?<minute>\d\d):(?<second>\d\d)(?:[.,](?<part>\d+))?(?:Z|(?<sign>[+-])(?<hours>\d\d):(?<minutes>\d\d))$/;
/** What Go takes, as people do write them. */
const MOST_OFFSET = { hours: 24, minutes: 60 };

/**
 * A time as Go's `time.Time` reads it from JSON, ms since the epoch; undefined where it does not. It is laxer than RFC 3339: an hour
 * of one digit, a comma, and an offset of 24 h pass (golang/go#54580). A day that the month has not does not.
 */
export function goTime(text: string): number | undefined {
  const found = SHAPE.exec(text)?.groups;
  if (found === undefined) return undefined;
  const of = (name: string) => Number(found[name] ?? 0);
  const [hour, minute, second] = [of("hour"), of("minute"), of("second")];
  const [hours, minutes] = [of("hours"), of("minutes")];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  if (hours > MOST_OFFSET.hours || minutes > MOST_OFFSET.minutes) return undefined;
  const date = new Date(0);
  // Not Date.UTC, for which the year 26 is 1926.
  date.setUTCFullYear(of("year"), of("month") - 1, of("day"));
  if (date.getUTCMonth() !== of("month") - 1 || date.getUTCDate() !== of("day")) return undefined;
  const offset = (found.sign === "-" ? -1 : 1) * (hours * 60 + minutes) * MINUTE;
  const ms = Number((found.part ?? "").slice(0, 3).padEnd(3, "0"));
  return date.setUTCHours(hour, minute, second, ms) - offset;
}
