// The modules were chosen in a frame; the course is shown in the whole window.
window.top.location.replace(document.getElementById("next").href);
