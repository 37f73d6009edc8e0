import { type Labels, labelsId } from "#blocks/block/labels";
import type { ByteReader, ByteWriter } from "#blocks/index/bytes";
import type { Interner } from "#blocks/index/intern";

/** Writes each text and each label set once, where it first occurs; from then on its number. */
export interface TableWriter {
  text(text: string): void;
  labels(labels: Labels): void;
}

export function tableWriter(writer: ByteWriter): TableWriter {
  const texts = new Map<string, number>();
  const sets = new Map<string, number>();
  const isNew = (numbers: Map<string, number>, id: string): boolean => {
    const known = numbers.get(id);
    writer.uint(known ?? numbers.size);
    if (known === undefined) numbers.set(id, numbers.size);
    return known === undefined;
  };
  const text = (value: string): void => {
    if (isNew(texts, value)) writer.text(value);
  };
  return {
    text,
    labels: (labels) => {
      if (!isNew(sets, labelsId(labels))) return;
      const pairs = Object.entries(labels);
      writer.uint(pairs.length);
      for (const pair of pairs) for (const part of pair) text(part);
    },
  };
}

export interface TableReader {
  text(): string;
  labels(): Labels;
}

/** Throws RangeError for a number that nothing has. */
export function tableReader(reader: ByteReader, intern: Interner): TableReader {
  const texts: string[] = [];
  const sets: Labels[] = [];
  const text = (): string => numbered(texts, reader, () => intern.text(reader.text()));
  const pairs = (): Labels =>
    Object.fromEntries(Array.from({ length: reader.count() }, () => [text(), text()] as const));
  return { text, labels: () => numbered(sets, reader, () => intern.labels(pairs())) };
}

function numbered<T>(all: T[], reader: ByteReader, read: () => T): T {
  const number = reader.uint();
  if (number > all.length) throw new RangeError("a number that nothing has");
  const known = all[number];
  if (known !== undefined) return known;
  const value = read();
  all.push(value);
  return value;
}
