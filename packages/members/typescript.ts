/** An argument that is JSON text in Pulumi, and an object in CloudFormation. */
export class Json {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** A variable of the program that is an argument of the same name where it is defined. */
export class Spread {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** An expression of the program that is written as it is. */
export class Code {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A value as TypeScript, each level of it two spaces further in. */
export function typeScript(value: unknown, indent = ""): string {
  if (value instanceof Code) return value.text;
  if (value instanceof Json) return `jsonStringify(${typeScript(value.value, indent)})`;
  if (Array.isArray(value)) return listText(value, indent);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(([name, one]) => `${indent}  ${fieldText(name, one, `${indent}  `)},\n`);
  return `{\n${lines.join("")}${indent}}`;
}

function fieldText(name: string, value: unknown, indent: string): string {
  if (value instanceof Spread) return `...(${value.name} === undefined ? {} : { ${value.name} })`;
  return `${/^[A-Za-z]\w*$/.test(name) ? name : JSON.stringify(name)}: ${typeScript(value, indent)}`;
}

const WIDTH = 100;

function listText(values: readonly unknown[], indent: string): string {
  const short = `[${values.map((one) => typeScript(one, indent)).join(", ")}]`;
  if (!short.includes("\n") && indent.length + short.length <= WIDTH) return short;
  return `[\n${values.map((one) => `${indent}  ${typeScript(one, `${indent}  `)},\n`).join("")}${indent}]`;
}
