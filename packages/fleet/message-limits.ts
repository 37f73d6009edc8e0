import { createHash } from "node:crypto";
import { TerminalError } from "#fleet/errors";
import type { OutgoingMessage, Publication } from "#fleet/messaging";

/** SQS: body and attributes together, bytes (1 MiB since 2025). */
export const MAX_MESSAGE_BYTES = 1_048_576;
/** SNS and EventBridge: everything together, bytes. */
export const MAX_EVENT_BYTES = 262_144;
/** SQS; a raw delivery of SNS with more is discarded. */
const MAX_ATTRIBUTES = 10;
/** Group and deduplication ids: up to 128 characters of printable ASCII without space. */
const ID = /^[\x21-\x7e]{1,128}$/;
/** Up to 256 characters; no start, end or run of dots; what begins so is AWS's. */
const ATTRIBUTE_NAME = /^(?=.{1,256}$)(?!(?:aws|amazon)\.)[\w-]+(?:\.[\w-]+)*$/i;
/** All but the characters of XML 1.0: SQS puts U+FFFD in their place, and the SDK then finds a wrong checksum. */
const REFUSED = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

type Attributes = Readonly<Record<string, string>>;

/** A group or deduplication id for any text: the text, or its SHA-256 where SQS and SNS would refuse it, as a long ARN. */
export function messagingId(text: string): string {
  return ID.test(text) ? text : createHash("sha256").update(text).digest("hex");
}

/** The text with U+FFFD for the characters that a message must not have. */
export function withoutRefused(text: string): string {
  return text.replaceAll(REFUSED, "\ufffd");
}

/** Every FIFO queue's name ends so, and no other's. */
export function isFifo(queue: string): boolean {
  return queue.endsWith(".fifo");
}

/**
 * Refuses what SQS refuses, alters or lets no consumer see. A FIFO queue wants a group and a deduplication id
 * (content-based deduplication is off); a standard queue takes a group for fairness and refuses a deduplication id.
 * @throws TerminalError `invalid-message`
 */
export function checkMessage(queue: string, { body, attributes = {}, groupId, dedupId }: OutgoingMessage): void {
  checkText(queue, { text: body, attributes, maxBytes: MAX_MESSAGE_BYTES });
  if (isFifo(queue) || groupId !== undefined) checkId(queue, "groupId", groupId);
  if (isFifo(queue)) checkId(queue, "dedupId", dedupId);
  else if (dedupId !== undefined) {
    throw refused(queue, "dedupId", dedupId, "Leave it out: only FIFO queues deduplicate.");
  }
}

/**
 * Refuses what SNS refuses, or discards on its way to a queue.
 * @throws TerminalError `invalid-message`
 */
export function checkPublication(topic: string, { message, attributes, groupId }: Publication): void {
  checkText(topic, { text: message, attributes, maxBytes: MAX_EVENT_BYTES });
  if (groupId !== undefined) checkId(topic, "groupId", groupId);
}

interface Content {
  readonly text: string;
  readonly attributes: Attributes;
  readonly maxBytes: number;
}

function checkText(target: string, { text, attributes, maxBytes }: Content): void {
  if (text === "") throw refused(target, "message", text, "Send some text: an empty message is refused.");
  checkCharacters(target, "message", text);
  for (const [name, value] of Object.entries(attributes)) checkAttribute(target, name, value);
  const count = Object.keys(attributes).length;
  if (count > MAX_ATTRIBUTES) {
    throw refused(target, "attributes", count, `Send ${MAX_ATTRIBUTES} attributes at most.`);
  }
  const bytes = Buffer.byteLength(text) + attributesBytes(attributes);
  if (bytes > maxBytes) {
    throw refused(target, "message", bytes, `Send ${maxBytes} bytes at most, attributes included.`);
  }
}

function checkAttribute(target: string, name: string, value: string): void {
  if (!ATTRIBUTE_NAME.test(name)) {
    throw refused(
      target,
      "attribute",
      name,
      "Name it with up to 256 letters, digits, _, - and single dots, and not AWS. or Amazon. first.",
    );
  }
  if (value === "") {
    throw refused(target, `attribute ${name}`, value, "Leave the attribute out: an empty one is refused.");
  }
  checkCharacters(target, `attribute ${name}`, value);
}

function checkCharacters(target: string, field: string, text: string): void {
  const found = text.match(REFUSED)?.[0];
  if (found === undefined) return;
  const code = `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  throw refused(target, field, code, "Leave the character out, or escape it as JSON does.");
}

function checkId(target: string, field: "groupId" | "dedupId", value: string | undefined): void {
  if (value !== undefined && ID.test(value)) return;
  throw refused(target, field, value, "Give an id of 1 to 128 printable ASCII characters without spaces.");
}

/** Name, data type and value count. */
function attributesBytes(attributes: Attributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + "String".length + Buffer.byteLength(value),
    0,
  );
}

function refused(target: string, field: string, value: unknown, remedy: string): TerminalError {
  return new TerminalError(`${target} refuses the ${field}`, { remedy, reason: "invalid-message", field, value });
}
