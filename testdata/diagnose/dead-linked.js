let basket = [];

document.querySelector("#add").addEventListener("click", () => {
  basket.push(10);
  document.querySelector("#add").textContent = `Add one (${basket.length})`;
});

document.querySelector("#total").addEventListener("click", () => {
  document.querySelector("#sum").value = prices.reduce((a, b) => a + b);
});
