import { bundleApp } from "./bundle-app.ts";

// Usage: node tools/bundle/main.ts APP...
await Promise.all(process.argv.slice(2).map(bundleApp));
