import { type Call, fault, json, type Reply } from "#test/fakes/aws-server";
import { ask, forward } from "#test/real/eks/forward";

/** More than any test has. */
const EVERYTHING = 1_000_000;
const DEFAULT_PAGE = 100;

/** A page of a listing of which ministack gives the first items only. The token is the key of the last item, so that a deletion meanwhile hides nothing. */
export async function page<T>(
  upstream: string,
  { call, account }: { readonly call: Call; readonly account: string },
  field: string,
  keyOf: (item: T) => string,
): Promise<Reply> {
  const size = Number(call.query.get("maxResults") ?? DEFAULT_PAGE);
  if (!(size >= 1 && size <= DEFAULT_PAGE))
    return fault(400, "InvalidParameterException", "maxResults is not 1 to 100");
  const [place = ""] = call.path.split("?");
  const after = call.query.get("nextToken");
  // Whether the caller may is for ministack to say, which does not know tokens of here.
  const allowed = after === null ? await forward(upstream, call) : undefined;
  if (allowed !== undefined && allowed.status !== 200) return allowed;
  const reply = await ask(upstream, call, account, `${place}?maxResults=${EVERYTHING}`);
  if (reply.status !== 200) return reply;
  const answer = JSON.parse(reply.body);
  const all: T[] = answer[field].toSorted((one: T, other: T) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const rest = after === null ? all : all.filter((item) => keyOf(item) > Buffer.from(after, "base64url").toString());
  const items = rest.slice(0, size);
  const last = items.at(-1);
  const more = rest.length > size && last !== undefined;
  const nextToken = more ? Buffer.from(keyOf(last)).toString("base64url") : undefined;
  return json(200, { ...answer, [field]: items, nextToken });
}

/** Whether there is nothing after what a reply holds. */
export function isLastPage(reply: Reply): boolean {
  return reply.status !== 200 || JSON.parse(reply.body).nextToken === undefined;
}
