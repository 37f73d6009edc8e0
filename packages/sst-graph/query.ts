import type { Graph, Resource } from "#sst-graph/graph";

/** Cloud resources of a type that the program makes: not the ones that it only reads. */
export function ofType({ resources }: Graph, type: string): readonly Resource[] {
  return resources.filter((resource) => resource.type === type && resource.origin === "created");
}

/** The resource of a type and logical name. Throws when there is none. */
export function find(graph: Graph, type: string, name: string): Resource {
  const found = graph.resources.filter((resource) => resource.type === type);
  const [resource] = found.filter((candidate) => candidate.name === name);
  if (resource !== undefined) return resource;
  throw new Error(`the program makes no ${type} ${name}, but ${found.map((other) => other.name).join(", ") || "none"}`);
}
