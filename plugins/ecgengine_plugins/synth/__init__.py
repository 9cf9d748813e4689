"""The paper world: hearts, the pages that carts print of them, and what befalls those."""
