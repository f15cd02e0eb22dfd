// Our own style sheet dresses the player, and the Content-Security-Policy forbids the <style> element that video.js would add.
window.VIDEOJS_NO_DYNAMIC_STYLE = true;
