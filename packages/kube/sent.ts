import type { KubeObject } from "#onboard/ports";

/**
 * What is applied of an object: without `managedFields`, which the API server refuses, and without labels and annotations
 * where there are none. To apply an empty map is to hold it, and two managers who hold an empty map are in conflict,
 * since the API server drops it and finds that neither has what he wants.
 */
export function sent(object: KubeObject): KubeObject {
  const { managedFields: _, labels, annotations, ...metadata } = object.metadata;
  const said = { ...unlessEmpty("labels", labels), ...unlessEmpty("annotations", annotations) };
  return { ...object, metadata: { ...metadata, ...said } };
}

function unlessEmpty(key: string, map: Readonly<Record<string, string>> | undefined): object {
  return map === undefined || Object.keys(map).length === 0 ? {} : { [key]: map };
}
