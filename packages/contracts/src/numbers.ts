import * as z from "zod";

/** A partition number. */
export const partitionNumber = z.int().min(0).max(2_147_483_647);
/** An offset; JSON numbers are exact up to 2^53. */
export const offsetNumber = z.int().min(0);
/** A text that is not empty and not endless. */
export const nameText = (charsMax: number) => z.string().min(1).max(charsMax);
