"""The part of the menu that serves any diagram: starts and operations of processes without code of their own."""
