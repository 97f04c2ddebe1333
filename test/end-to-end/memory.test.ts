import { memoryStore } from "@streambed/store-memory";
import { processDeployment } from "./process-deployment.ts";
import { endToEndSuite } from "./suite.ts";

endToEndSuite("memory", () => processDeployment(memoryStore()));
