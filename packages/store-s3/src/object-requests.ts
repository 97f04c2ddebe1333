import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { concatBytes } from "@streambed/kernel";
import type { S3Connection } from "./s3-connection.ts";

/** How to send. */
interface Sending {
  readonly s3: S3Client;
  readonly connection: S3Connection;
  readonly abortSignal: AbortSignal;
}

/** Which bytes of which object; the SDK's names. */
export interface GetInput {
  readonly Bucket: string;
  readonly Key: string;
  /** As in the header: `bytes=0-9`. Undefined: all of it. */
  readonly Range: string | undefined;
}

/** What to write where; the SDK's names. */
export interface PutInput {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body: readonly Uint8Array[];
  readonly IfNoneMatch?: string;
  readonly IfMatch?: string;
}

/** What is read of the answer to a get. */
export interface GetOutput {
  readonly ETag?: string | undefined;
  readonly ContentRange?: string | undefined;
  readonly bytes: Uint8Array;
}

/** Reads an object to its end, so that the time limit of the request includes it. Rejects with the SDK's error. */
export async function getObject(
  { s3, connection, abortSignal: signal }: Sending,
  { Bucket, Key, Range }: GetInput,
): Promise<GetOutput> {
  if (connection.isDirect) {
    const headers = Range === undefined ? {} : { range: Range };
    return connection.direct({ method: "GET", key: Key, headers, signal });
  }
  const output = await s3.send(new GetObjectCommand({ Bucket, Key, Range }), { abortSignal: signal });
  return Object.assign(output, { bytes: (await output.Body?.transformToByteArray()) ?? new Uint8Array(0) });
}

/** Writes an object. Rejects with the SDK's error. */
export async function putObject(
  { s3, connection, abortSignal: signal }: Sending,
  input: PutInput,
): Promise<{ readonly ETag?: string | undefined }> {
  if (!connection.isDirect) {
    // The SDK sends a body of known length only from one array.
    return s3.send(new PutObjectCommand({ ...input, Body: concatBytes(input.Body) }), { abortSignal: signal });
  }
  const { Key: key, Body: body, IfNoneMatch, IfMatch } = input;
  const headers = {
    ...(IfNoneMatch === undefined ? {} : { "if-none-match": IfNoneMatch }),
    ...(IfMatch === undefined ? {} : { "if-match": IfMatch }),
  };
  return connection.direct({ method: "PUT", key, headers, body, signal });
}
