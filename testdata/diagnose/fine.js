document.title = "fine";
