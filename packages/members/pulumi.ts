import type { MemberOptions, Resources, TemplateResource } from "#members/parts";
import { type Shape, shapesOf } from "#members/pulumi-shapes";
import { memberTemplate } from "#members/template";
import { Code, Json, Spread, typeScript } from "#members/typescript";

/**
 * The same as `memberTemplate`, as a module for a Pulumi or SST program: a function that makes one account a member. It is
 * made of the template, resource by resource.
 */
export function memberProgram(options: MemberOptions): string {
  const { Resources, Conditions } = memberTemplate(options);
  const entries = Object.entries(Resources);
  const once = entries.filter(([, { Condition }]) => Condition === "IsHome");
  const inEach = entries.filter(([, { Condition }]) => Condition !== "IsHome");
  const made = [
    ...once.map((entry) => resourceText(entry, { Resources, indent: "  " })),
    `  for (const region of regions) {\n${inEach.map((entry) => guardedText(entry, { Resources, Conditions })).join("\n")}  }\n`,
  ];
  return `${head(options)}${made.join("\n")}}\n`;
}

function head({ hub }: MemberOptions): string {
  return `// Rendered by \`musterbook members render --format pulumi\` for the hub ${hub.account} ${hub.region}, stage ${hub.stage}: the same as its CloudFormation template.
import { cloudwatch, iam, sns, sqs } from "@pulumi/aws";
import { type CustomResourceOptions, jsonStringify } from "@pulumi/pulumi";

export interface Member {
  /** Twelve digits: the account that the options' provider is of. */
  readonly account: string;
  /** Regions with clusters or audited buckets. */
  readonly regions: readonly string[];
  /** ARN of a policy that bounds what the roles may ever do. */
  readonly permissionsBoundary?: string;
}

/** Makes an account a member of the fleet: roles once, rules in each region. */
export function musterbookMember({ account, regions, permissionsBoundary }: Member, options?: CustomResourceOptions): void {
`;
}

type Entry = readonly [id: string, resource: TemplateResource];

interface Context {
  readonly Resources: Resources;
  readonly indent: string;
}

function guardedText(
  entry: Entry,
  { Resources, Conditions }: { readonly Resources: Resources; readonly Conditions: Readonly<Record<string, object>> },
): string {
  const [, { Condition }] = entry;
  if (Condition === undefined) return resourceText(entry, { Resources, indent: "    " });
  const body = resourceText(entry, { Resources, indent: "      " });
  return `    if (${conditionText(Conditions[Condition], Resources)}) {\n${body}    }\n`;
}

function conditionText(condition: unknown, Resources: Resources): string {
  const [[call, argument] = ["", undefined]] = Object.entries(condition ?? {});
  const given = Array.isArray(argument) ? argument : [];
  if (call === "Fn::And") return given.map((one) => conditionText(one, Resources)).join(" && ");
  if (call !== "Fn::Equals") throw new TypeError(`no condition of ours is ${call}`);
  return given.map((one) => typeScript(withReferences(one, Resources))).join(" === ");
}

function resourceText([id, { Type, Properties, Condition }]: Entry, { Resources, indent }: Context): string {
  const own = variable(id);
  const isReferred = Type === "AWS::SQS::Queue" || Type === "AWS::SNS::Topic" || Type === "AWS::Events::Rule";
  const texts = shapesOf(Type, Properties, own).map((shape, at) => {
    const kept = isReferred && at === 0 ? `const ${own} = ` : "";
    const place = Condition === "IsHome" ? `\`\${account}` : `\`\${account}-\${region}`;
    const name = `${place}-${id}${at === 0 ? "" : shape.name}\``;
    return `${indent}${kept}new ${shape.module}.${shape.name}(${name}, ${argsText(shape, { Resources, indent })}, options);\n`;
  });
  return texts.join("");
}

function argsText({ module, args }: Shape, { Resources, indent }: Context): string {
  const region = module === "iam" ? {} : { region: new Code("region") };
  const given = Object.entries(args).map(([name, value]) => [name, withReferences(value, Resources)]);
  return typeScript({ ...region, ...Object.fromEntries(given) }, indent);
}

/** The template's references as expressions of the program. */
function withReferences(value: unknown, Resources: Resources): unknown {
  if (value instanceof Json) return new Json(withReferences(value.value, Resources));
  if (value instanceof Spread || value instanceof Code || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => withReferences(one, Resources));
  const [[call = "", argument] = [], ...more] = Object.entries(value);
  if (more.length === 0 && (call === "Ref" || call.startsWith("Fn::"))) return reference(call, argument, Resources);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withReferences(one, Resources)]));
}

function reference(call: string, argument: unknown, Resources: Resources): Code {
  const given = Array.isArray(argument) ? argument : [];
  switch (call) {
    case "Ref":
      return new Code(referred(String(argument), Resources));
    case "Fn::GetAtt":
      return new Code(`${variable(String(given[0]))}.arn`);
    case "Fn::Join":
      return new Code(joined(String(given[0]), given[1], Resources));
    default:
      throw new TypeError(`no template of ours uses ${call} here`);
  }
}

function referred(name: string, Resources: Resources): string {
  if (name === "AWS::AccountId") return "account";
  if (name === "AWS::Region") return "region";
  return `${variable(name)}.${Resources[name]?.Type === "AWS::SQS::Queue" ? "url" : "arn"}`;
}

function joined(separator: string, parts: unknown, Resources: Resources): string {
  const texts = [parts].flat().map((part) => {
    const value = withReferences(part, Resources);
    return value instanceof Code ? `\${${value.text}}` : String(value);
  });
  return `\`${texts.join(separator)}\``;
}

function variable(id: string): string {
  return id.charAt(0).toLowerCase() + id.slice(1);
}
