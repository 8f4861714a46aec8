"""The diagram of a process as a picture: boxes, letters, words beside arrows, the SVG."""
