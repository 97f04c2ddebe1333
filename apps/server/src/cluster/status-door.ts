import type { ClusterMember } from "@streambed/cluster-membership";
import { checkShape, CLUSTER_STATUS_PATH, clusterStatusQuery } from "@streambed/contracts";

/** Answers `GET /cluster/v1/status`; undefined for everything else. */
export type StatusDoor = (request: Request) => Promise<Response> | undefined;

/**
 * The door at which other brokers and operators ask for this broker's status. `member` is undefined until this process
 * has joined; whoever asks before hears which process it is.
 */
export function statusDoor(incarnation: string, member: () => ClusterMember | undefined): StatusDoor {
  return (request) => {
    const url = new URL(request.url);
    if (url.pathname !== CLUSTER_STATUS_PATH) return undefined;
    return answer(request, url, { incarnation, member: member() });
  };
}

async function answer(
  request: Request,
  url: URL,
  { incarnation, member }: { readonly incarnation: string; readonly member: ClusterMember | undefined },
): Promise<Response> {
  if (request.method !== "GET") return Response.json({ message: "Only GET is served here." }, { status: 405 });
  const query = checkShape(clusterStatusQuery, Object.fromEntries(url.searchParams));
  if (!query.ok) return Response.json({ message: query.message }, { status: 400 });
  if (member === undefined) return Response.json({ message: "starting", incarnation }, { status: 503 });
  return Response.json(await member.status(query.value, request.signal));
}
