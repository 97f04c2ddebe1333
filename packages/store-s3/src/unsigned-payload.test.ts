import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import { leavePayloadUnsigned } from "./unsigned-payload.ts";

/** What S3 would be told about the body of a put to an endpoint. */
async function payloadHash(endpoint: string): Promise<string | undefined> {
  let hash: string | undefined;
  const client = new S3Client({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    maxAttempts: 1,
    requestChecksumCalculation: "WHEN_REQUIRED",
    requestHandler: {
      handle: async (request: { headers: Record<string, string> }) => {
        hash = request.headers["x-amz-content-sha256"];
        throw new Error("seen");
      },
    },
  });
  leavePayloadUnsigned(client);
  await expect(client.send(new PutObjectCommand({ Bucket: "b", Key: "k", Body: Uint8Array.of(1) }))).rejects.toThrow(
    "seen",
  );
  return hash;
}

describe("leavePayloadUnsigned", () => {
  test("TLS protects the body: it is not hashed", async () => {
    expect(await payloadHash("https://s3.example")).toBe("UNSIGNED-PAYLOAD");
  });

  test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"])("nor on the way to %s", async (host) => {
    expect(await payloadHash(`http://${host}:9000`)).toBe("UNSIGNED-PAYLOAD");
  });

  test.each(["s3.example", "localhost.example", "not-localhost", "10.0.0.1", "127.0.0.1.example", "[::2]"])(
    "without TLS the signature covers the body to %s",
    async (host) => {
      expect(await payloadHash(`http://${host}:9000`)).toBe(
        "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
      );
    },
  );
});
