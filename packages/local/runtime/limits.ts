import { TerminalError } from "#fleet/errors";

/** SQS: body and attributes together, bytes (1 MiB since 2025). */
export const MAX_MESSAGE_BYTES = 1_048_576;
/** SNS and EventBridge: everything together, bytes. */
export const MAX_EVENT_BYTES = 262_144;
/** SQS; a raw delivery of SNS with more is discarded. */
const MAX_ATTRIBUTES = 10;
/** Group and deduplication ids: up to 128 characters of printable ASCII without space. */
const FIFO_ID = /^[\x21-\x7e]{1,128}$/;

type Attributes = Readonly<Record<string, string>>;

/** Refuses what SQS and SNS refuse: too large, no text, an empty attribute value, too many attributes. */
export function checkMessage(target: string, text: string, attributes: Attributes, maxBytes: number): void {
  if (text === "") throw refused(target, "message", text, "Send some text: an empty message is refused.");
  const entries = Object.entries(attributes);
  const empty = entries.find(([name, value]) => name === "" || value === "");
  if (empty !== undefined) {
    throw refused(target, `attribute ${empty[0]}`, empty[1], "Leave the attribute out: an empty one is refused.");
  }
  if (entries.length > MAX_ATTRIBUTES) {
    throw refused(target, "attributes", entries.length, `Send ${MAX_ATTRIBUTES} attributes at most.`);
  }
  const bytes = Buffer.byteLength(text) + entries.reduce((sum, [name, value]) => sum + attributeBytes(name, value), 0);
  if (bytes > maxBytes) {
    throw refused(target, "message", bytes, `Send ${maxBytes} bytes at most, attributes included.`);
  }
}

export function checkFifoId(target: string, field: "groupId" | "dedupId", value: string | undefined): string {
  if (value !== undefined && FIFO_ID.test(value)) return value;
  throw refused(target, field, value, "Give an id of 1 to 128 printable ASCII characters without spaces.");
}

/** Name, data type and value count. */
function attributeBytes(name: string, value: string): number {
  return Buffer.byteLength(name) + "String".length + Buffer.byteLength(value);
}

function refused(target: string, field: string, value: unknown, remedy: string): TerminalError {
  return new TerminalError(`${target} refuses the ${field}`, { remedy, reason: "invalid-message", field, value });
}
