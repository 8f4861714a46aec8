/* The shape on the canvas that carries an element: itself, or what its definition stands on. */
import { carrierOf } from "./model.js";

export function shapeOf({ drawing }, id) {
  if (!id) return null;
  const found = drawing.shape(id);
  if (found && found.parent) return found;
  return drawing.all().find((element) => carrierOf(element)?.id === id) ?? null;
}
