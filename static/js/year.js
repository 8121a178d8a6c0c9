// Turns the year's card, an SVG, into a PNG to save.
(() => {
  for (const button of document.querySelectorAll("[data-save-picture]")) {
    const picture = document.getElementById(button.dataset.savePicture);
    button.hidden = false;
    button.addEventListener("click", async () => {
      await picture.decode();
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 1080;
      canvas.getContext("2d").drawImage(picture, 0, 0, 1080, 1080);
      const link = document.createElement("a");
      link.download = button.dataset.name;
      link.href = canvas.toDataURL("image/png");
      link.click();
    });
  }
})();
