// Stands in for Lambda's runtime in a process of its own: loads a bundle, gives it events, sends the results back.
const { handler } = await import(process.argv[2]);
process.on("message", async (event) => {
  process.send(await handler(event, { getRemainingTimeInMillis: () => 60_000 }));
});
process.send("ready");
