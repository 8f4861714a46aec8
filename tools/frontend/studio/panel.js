/* The groups of the properties panel: ours only. */
import { groupsOf } from "./groups.js";
import { h } from "./components.js";

export function FieldGroup({ label, body, element }) {
  return (
    <section class="bio-properties-panel-group studio-group">
      <h3 class="studio-group-title">{label}</h3>
      <div class="bio-properties-panel-group-entries open" key={element.id}>{body()}</div>
    </section>
  );
}

export class DepterProperties {
  static $inject = ["propertiesPanel"];
  constructor(propertiesPanel) { propertiesPanel.registerProvider(500, this); }
  getGroups(element) {
    return () => (this.studio ? groupsOf(this.studio, element).map((one) => ({ ...one, component: FieldGroup })) : []);
  }
}
