"""Requests of the topics without a machine: account, billing, delivery; and of software beyond its faults."""

from grammar import phrases

# topic -> request -> clauses (whole sentences without the full stop). Slots are in REQUEST_SLOTS.
REQUESTS = {
    "account": {
        "login": phrases("""
            I can't {log_in} to {my_account}
            {my_account} {lock_state} after {lock_cause}
            it says my {credential} is {cred_bad}
            the {reset_mail} never {arrives_vp}
            I forgot my {credential} and the {reset_mail} leads nowhere
            my {credential} gets {cred_bad} on every try
            I am {lock_adj} and cannot {log_in}
            since {lock_cause} the page refuses my {credential}
            three tries to {log_in} and {my_account} {lock_state}"""),
        "two-factor": phrases("""
            the {otp} never {arrives_vp}
            my {otp} is {cred_bad} each time
            I lost the device with my {otp_device} on it
            the {otp} {arrives_late}
            it keeps asking for a {otp} although I switched the {otp_step} off
            my {otp_device} shows a {otp} the site calls {cred_bad}
            I would like to move the {otp_step} to another {otp_device}
            no {otp} without my old {otp_device}"""),
        "details": phrases("""
            I need to {change_vb} the {detail} on {my_account}
            my {detail} is still the old one
            please {change_vb} my {detail} to {new_detail}
            the form won't let me {change_vb} my {detail}
            my {detail} is misspelt in {my_account}
            since {life_event} my {detail} is different
            {my_account} shows the wrong {detail}
            after {life_event} I have to {change_vb} my {detail}"""),
        "closing": phrases("""
            I want to {close_vb} {my_account}
            please {close_vb} {my_account} and wipe my {own_data}
            how do I {close_vb} {my_account} for good
            I have two {accounts_pl} and would like to {close_vb} one
            remove my {own_data} from your systems
            the button to {close_vb} {my_account} is greyed out
            under the privacy rules please erase my {own_data}
            I no longer need {my_account}, kindly {close_vb} it"""),
        "stranger": phrases("""
            somebody else {intrude_vp} {my_account}
            there is a {odd_trace} in {my_account} that isn't mine
            I got a mail about a {odd_trace} I never made
            I think {my_account} was {hacked_adj}
            a {odd_trace} appeared overnight, so {my_account} must be {hacked_adj}
            someone {intrude_vp} {my_account} from abroad
            my {own_data} {show_vp} a {odd_trace} I know nothing of"""),
        "mails": phrases("""
            I keep getting {news_mail} I never asked for
            please take me off the list for {news_mail}
            I clicked {unsub} yet still get {news_mail}
            I looked for {unsub} in the {news_mail}, it is dead
            I want {news_mail} back, I must have hit {unsub} by mistake
            the {news_mail} I [asked for|wanted] end up in the wrong inbox
            why do I get {news_mail} again after I hit {unsub}"""),
    },
    "billing": {
        "double-charge": phrases("""
            I was {charged_vp} {twice} for the {product}
            there are two {debits} on my {statement} for {order}
            you {took_vp} the {sum_noun} {twice}
            my {statement} {show_vp} {order} {twice}
            {twice} the {sum_noun} went off my {pay_means}
            the {sum_noun} left my {pay_means} {twice}
            {order} was {charged_vp} {twice}"""),
        "wrong-amount": phrases("""
            the {invoice} for {order} is {too_high}
            you {charged_vp} me {amount} instead of {amount}
            the {invoice} lists {extra_item} I never ordered
            there is {extra_item} of {amount} on my {invoice}
            the {sum_noun} on the {invoice} is {too_high}
            {extra_item} {was_added} to my {invoice}
            the {sum_noun} doesn't match the {price_tag}
            I was promised {amount}, the {invoice} says {amount}"""),
        "missing-invoice": phrases("""
            I never received {an_invoice} for {order}
            please send me {an_invoice} for the {product}
            my {bookkeeper} needs {an_invoice} for {order}
            the {invoice} for {order} has no {inv_field}
            where can I download {an_invoice}
            I need the {inv_field} on the {invoice}
            my {bookkeeper} rejects the {invoice} because the {inv_field} is missing"""),
        "refund": phrases("""
            the {refund} for {order} {has_not_come}
            I sent the {product} back and the {refund} {has_not_come}
            where is my {refund} of {amount}
            you promised {amount} as a {refund}
            the {refund} was {amount} short
            I would like the {refund} on my {pay_means}
            my {pay_means} {show_vp} no {refund} yet
            how long does a {refund} to a {pay_means} take"""),
        "discount": phrases("""
            my {voucher} was not {applied_pp} [for|with|on] {order}
            the {voucher} is {rejected_adj} at the {till}
            the {till} says the {voucher} is {rejected_adj}
            I forgot to enter my {voucher} for {order}
            the {percent} off never made it to the {till}
            the {percent} from my {voucher} was not {applied_pp}
            can the {voucher} be {applied_pp} after the fact
            two {voucher}s won't combine at the {till}"""),
        "payment": phrases("""
            my {pay_means} is {rejected_adj} at the {till}
            the {till} {refuses_vp} my {pay_means}
            I would like to pay {order} by {pay_means}
            the {instalment} for the {product} bounced
            can I move the {instalment} to the end of the month
            the {instalment} was taken from the wrong {pay_means}
            I want to pay in {instalment}s rather than by {pay_means}
            my bank says your {instalment} was never requested"""),
    },
    "delivery": {
        "late": phrases("""
            {my_parcel} {is_late}
            {order} {is_late}
            the {tracking} has said "{track_state}" since {date}
            {order} should have {arrived_pp} on {date}
            I took a day off and {my_parcel} {did_not_come}
            {my_parcel} is stuck {stuck_where}
            the {tracking} hasn't moved, {my_parcel} sits {stuck_where}
            the {slot_noun} passed and {my_parcel} {did_not_come}"""),
        "lost": phrases("""
            the {tracking} says {delivered_word} but {my_parcel} {is_nowhere}
            the {courier} claims {my_parcel} was {left_where}
            {my_parcel} {is_nowhere}
            somebody signed for {my_parcel}, nobody here did, it {is_nowhere}
            {order} is marked {delivered_word} and {is_nowhere}
            no neighbour has {my_parcel}, the {courier} shrugs
            the {courier} photographed a {door_thing} that isn't mine"""),
        "wrong-item": phrases("""
            instead of the {product} I found {wrong_thing} in the {box_noun}
            you {sent_vp} {wrong_thing}
            the {box_noun} {held_vp} {wrong_thing}
            I ordered the {colour} one and unpacked the {colour} one
            there was {wrong_thing} in the {box_noun} of {order}
            the {product} came in {colour}, I wanted {colour}
            {wrong_thing} lay where the {product} should be"""),
        "address": phrases("""
            please send {order} to {place} instead
            can {my_parcel} be {redirected_pp} to {place}
            I have moved to {place}, {order} still has the old {address_noun}
            the {address_noun} on {order} lacks the {address_bit}
            the {courier} cannot find the {address_noun}
            the {address_bit} on the {label_noun} is wrong
            could the {courier} leave {my_parcel} at a {pickup_place}
            {my_parcel} should be {redirected_pp} to a {pickup_place}"""),
        "damaged": phrases("""
            the {box_noun} arrived {crushed_adj}
            {my_parcel} looked as if {crush_agent} had {crush_verb} it
            the {product} was {crushed_adj} when I opened the {box_noun}
            there was hardly any {padding} in the {box_noun}
            the {box_noun} was {crushed_adj} and the {padding} had gone
            the {courier} threw {my_parcel} over the {door_thing}
            the {door_thing} cam shows the {courier} tossing {my_parcel}"""),
        "incomplete": phrases("""
            the {accessory} was missing from the {box_noun}
            only {fraction} of {order} {arrived_pp}
            the {box_noun} held the {product} but no {accessory}
            I got the first {box_noun}, the second one {is_nowhere}
            no {accessory}, no {accessory}, just the {product}
            {fraction} of the {box_noun} was empty
            where is the {accessory} that belongs to {order}"""),
    },
    "software": {
        "licence": phrases("""
            the {licence_key} for {product} is {rejected_adj}
            {product} says my {licence_key} is {cred_bad}
            I bought {product} and never got a {licence_key}
            my {licence_key} won't {activate_vb} on the new computer
            it asks me to {activate_vb} {product} on each start
            the {licence_key} ran out although I paid for a year
            how do I {activate_vb} {product} on a second machine"""),
        "update": phrases("""
            the {update_noun} {update_fails} at {percent}
            since the last {update_noun} the {part} is gone
            the {update_noun} of {product} {update_fails}
            after the {update_noun} {act} no longer works
            {product} wants the same {update_noun} over and over
            I would like to go back to the version before the {update_noun}
            the {part} vanished with the {update_noun}"""),
    },
}

REQUEST_SLOTS = {
    "log_in": phrases("log in; sign in; get in; get back in; sign on; log on; gain access"),
    "my_account": phrases("""
        my account; my profile; my user area; my customer account; my login; the customer portal
        my membership; my shop account; our business account; the family account; my registration
        my personal page; the member area; the loyalty account; my user; the company login
        our team account"""),
    "accounts_pl": phrases("accounts; profiles; logins; memberships; user names; registrations"),
    "lock_state": phrases("""
        is locked; is blocked; got locked; was suspended; is frozen; was disabled; is barred
        has been deactivated; is on hold; was restricted; shut me out; is closed to me"""),
    "lock_adj": phrases("""
        locked out; shut out; blocked; barred; logged out everywhere; kicked out; stuck outside"""),
    "lock_cause": phrases("""
        a password change; three wrong tries; the merger; your maintenance; a new browser; the holidays
        clearing cookies; the security check; my name change; the app update; the migration; a typo
        switching mail providers"""),
    "credential": phrases("""
        password; PIN; user name; login; passphrase; passcode; mail address; customer number
        security answer; secret question; username; credentials line; pass phrase; sign-in name
        access code; memorable word"""),
    "cred_bad": phrases("""
        wrong; invalid; rejected; not recognised; unknown; expired; refused; incorrect; not accepted
        declined; not valid; outdated; malformed; denied; unrecognised"""),
    "reset_mail": phrases("""
        reset mail; reset link; recovery mail; password link; confirmation mail; activation link
        unlock link; verification mail; magic link; recovery link; welcome mail"""),
    "arrives_vp": phrases("""
        arrives; comes; shows up; gets here; reaches me; turns up; lands in my inbox; comes through"""),
    "arrives_late": phrases("""
        arrives an hour late; comes too late; has run out when it gets here; takes twenty minutes"""),
    "otp": phrases("""
        code; text code; security code; one-time code; six-digit code; SMS code; verification code
        token; OTP; TAN; login code; authenticator code; passkey; backup code; recovery code"""),
    "otp_device": phrases("""
        authenticator; authenticator app; security key; token generator; second factor; YubiKey; SIM
        code app; dongle; key fob"""),
    "otp_step": phrases("""
        two-factor check; second step; 2FA; two-step login; double check; second factor; MFA
        extra verification"""),
    "change_vb": phrases("""
        change; update; correct; edit; amend; fix; alter; adjust; modify; replace; put right; overwrite"""),
    "detail": phrases("""
        email address; name; surname; date of birth; mobile number; title; company name; first name
        contact number; married name; middle name; preferred language; nickname; profile picture
        maiden name; landline; salutation; job title; display name; pronouns; avatar; time zone
        initials"""),
    "new_detail": phrases("""
        the new one; the one below; my work one; what is on my passport; the private one
        the one on file; its right spelling"""),
    "life_event": phrases("""
        my wedding; the divorce; my new job; the move; my birthday; changing providers
        we renamed the firm; I got married; the rebranding; my retirement; the naturalisation
        our company split; graduating"""),
    "close_vb": phrases("""
        close; delete; cancel; shut; remove; erase; terminate; deactivate; wind up; get rid of; scrap
        dissolve"""),
    "own_data": phrases("""
        data; details; personal data; order history; records; saved addresses; history; files; wish list
        search history; stored cards; browsing history; contact data; consents"""),
    "intrude_vp": phrases("""
        logged into; is using; got into; broke into; took over; signed into; tampered with; accessed
        hijacked; snooped around in"""),
    "odd_trace": phrases("""
        login; sign-in; session; strange device; new address; foreign name; password change
        wish list entry; review; mail change; unknown browser; login from Peru; stranger's name
        delivery contact"""),
    "hacked_adj": phrases("""
        hacked; compromised; hijacked; taken over; breached; cracked open; phished; stolen; infiltrated"""),
    "show_vp": phrases("shows; lists; shows; has; mentions; displays; contains"),
    "news_mail": phrases("""
        newsletters; your newsletters; marketing mails; adverts; promotional mails; offers; survey mails
        your weekly digests; reminders; spam mails; push messages; birthday coupons by mail
        product tips; review requests"""),
    "unsub": phrases("""
        unsubscribe; opt out; the opt-out box; cancel subscription; stop mails; sign off; the bin icon"""),
    "charged_vp": phrases("charged; billed; debited; invoiced; overcharged"),
    "took_vp": phrases("took; collected; withdrew; debited; booked; drew; deducted; pulled; pocketed"),
    "twice": phrases("""
        twice; two times; double; once too often; two days running; in duplicate; a second time
        three times"""),
    "debits": phrases("""
        debits; charges; bookings; payments; withdrawals; transactions; entries; deductions; line items"""),
    "statement": phrases("""
        statement; bank statement; card statement; credit card bill; account statement; online banking
        passbook; card summary"""),
    "sum_noun": phrases("""
        amount; sum; money; total; price; full price; payment; whole sum; fee; balance; purchase price
        subtotal"""),
    "pay_means": phrases("""
        credit card; card; debit card; PayPal; bank account; direct debit; Visa; Mastercard; gift card
        bank transfer; Apple Pay; Amex; giro account; prepaid card; company card; Klarna; Google Pay
        current account; checking account; Maestro; store credit; standing order; wire transfer
        wallet balance"""),
    "invoice": phrases("""
        invoice; bill; receipt; final bill; order summary; pro forma; statement of charges; monthly bill
        PDF invoice; credit note; e-invoice"""),
    "an_invoice": phrases("""
        an invoice; a receipt; the bill; a VAT invoice; a proper receipt; proof of purchase
        a copy of the invoice; a credit note; a tax receipt; an itemised bill; a corrected invoice
        the paperwork; an e-invoice; a stamped receipt"""),
    "too_high": phrases("""
        too high; wrong; off by ten; more than agreed; far too much; incorrect; miscalculated
        not what was quoted; inflated; way over the quote; double what I expected; overstated; botched"""),
    "extra_item": phrases("""
        a surcharge; an insurance; a handling fee; a warranty extension; a service fee; a deposit
        a reminder fee; a late fee; an express fee; a gift wrap fee; a setup fee; a recycling levy
        a card fee; a restocking fee; a subscription; an import duty; a donation; a protection plan
        a booking fee; a dunning charge; a customs charge"""),
    "was_added": phrases("""
        was added; appeared; was slipped in; showed up; has crept in; got tacked on; was put"""),
    "price_tag": phrases("""
        price on the site; quote; offer; order confirmation; advert; shelf price; price match
        basket total; catalogue price"""),
    "amount": [
        f"{sign}{n}"
        for sign, ns in (("£", (49, 120, 19, 8.99, 349, 75, 27.5, 600, 89, 14)), ("€", (59, 230, 99, 12, 449, 35, 180)))
        for n in ns
    ]
    + [
        f"{n} {unit}"
        for n, unit in ((40, "pounds"), (25, "quid"), (300, "euros"), (15, "dollars"), (110, "euros"), (65, "quid"))
    ],
    "bookkeeper": phrases("""
        accountant; bookkeeper; employer; tax adviser; finance department; boss; insurer; accounts team
        treasurer; auditor; tax office; payroll clerk; landlord; controller"""),
    "inv_field": phrases("""
        VAT number; tax number; company name; billing address; date; breakdown; purchase order number
        net amount; cost centre; VAT line; payment terms; letterhead; tax rate; due date; IBAN"""),
    "refund": phrases("""
        refund; money back; reimbursement; repayment; credit; cashback; chargeback; deposit
        return credit; money; rebate; compensation"""),
    "has_not_come": phrases("""
        has not come; is still missing; hasn't arrived; is three weeks overdue; never came
        is still pending; is nowhere to be seen; has not been booked; is overdue; hasn't been paid out
        isn't there yet; remains outstanding"""),
    "voucher": phrases("""
        voucher; discount code; promo code; coupon; gift card; student discount; loyalty discount
        gift voucher; bonus code; birthday coupon; rebate code; welcome code; staff discount
        senior discount; trade discount; bundle price; price match; referral bonus; bonus point"""),
    "applied_pp": phrases("""
        applied; taken off; deducted; credited; honoured; counted; redeemed; subtracted; used
        recognised"""),
    "rejected_adj": phrases("""
        rejected; refused; invalid; declined; not accepted; turned down; expired; void; ignored
        unusable"""),
    "till": phrases("""
        checkout; basket; till; payment page; last step; shopping cart; payment screen; trolley
        order form; cash desk"""),
    "percent": phrases("20%; 10%; 15 %; ten percent; 99%; 35%; half; 5 %; fifty percent; a quarter; 73%"),
    "refuses_vp": phrases("""
        refuses; rejects; declines; won't take; does not accept; turns down; spits out; times out with"""),
    "instalment": phrases("""
        instalment; direct debit; monthly payment; first rate; subscription fee; second rate
        monthly fee; part payment; down payment; mandate; annual fee; financing rate"""),
    "my_parcel": phrases("""
        my parcel; the package; my order; the shipment; the delivery; my package; the box
        the consignment; my goods; the parcel; the carton; my purchase; the pallet; the packet; my post
        the freight; the envelope; the crate"""),
    "is_late": phrases("""
        is late; is overdue; is two weeks late; still hasn't come; has not been dispatched
        hasn't shipped; is delayed again; was due on {date}; still has no shipping date
        is taking its time; keeps slipping; hasn't left the warehouse; has been postponed
        is behind schedule; was rescheduled"""),
    "did_not_come": phrases("""
        did not come; never showed; stayed away; wasn't there; never rang; failed to appear
        was put off again"""),
    "arrived_pp": phrases("""
        arrived; come; been here; been delivered; reached us; landed; turned up; got here
        been dropped off"""),
    "tracking": phrases("""
        tracking; tracking page; tracker; courier app; status page; tracking link; shipping status
        parcel app; consignment number; live map"""),
    "track_state": phrases("""
        in transit; out for delivery; preparing; label created; at the depot; held at customs
        awaiting pickup; sorting; in the van; processing; handed over; exception; en route; on its way"""),
    "stuck_where": phrases("""
        at the depot; in customs; at the sorting centre; in a warehouse; at the airport; in the van
        on a ferry; at the hub; in the post office; at the border; at the port; in a container
        on the loading dock; in limbo"""),
    "slot_noun": phrases("""
        time slot; delivery window; promised date; two-hour slot; estimated date; evening slot
        express date; appointment"""),
    "delivered_word": phrases("""
        delivered; "delivered"; "left with neighbour"; signed for; "in letterbox"; completed
        "handed to resident"; dropped off"""),
    "is_nowhere": phrases("""
        is nowhere to be found; isn't here; never arrived; went missing; is lost; has vanished
        has gone astray; was never seen; must have been stolen; isn't with anyone; remains untraceable
        got mislaid; has been nicked"""),
    "courier": phrases("""
        courier; driver; postman; delivery man; carrier; delivery driver; postwoman; rider
        parcel service; haulier; shipping company; delivery lady; mailman; freight firm; messenger
        van driver; forwarder"""),
    "left_where": phrases("""
        left on the porch; put behind the bins; handed to a neighbour; left with the concierge
        put in the safe place; left in the lobby; hidden in the shed; dropped at the kiosk
        left at reception; stuffed in the letterbox; stowed under the carport"""),
    "door_thing": phrases("""
        door; gate; porch; fence; doorstep; hedge; doorbell; driveway; stairwell; front garden; doormat
        letterbox"""),
    "wrong_thing": phrases("""
        a toaster; someone else's order; a pack of socks; the wrong model; a kettle; the smaller version
        two phone cases; a brick, literally; an older model; a garden hose; a left-handed mouse
        a coffee maker; a blender; dog food; a US plug; the display model; a children's tablet
        an empty tin; a used one; a yoga mat; a hairdryer; an iron; a lampshade; a shower curtain
        a drill"""),
    "sent_vp": phrases("sent; shipped; packed; mailed; dispatched; delivered; posted; forwarded"),
    "held_vp": phrases("held; contained; had; turned out to hold; revealed; hid"),
    "box_noun": phrases("""
        box; parcel; package; carton; packaging; cardboard; outer box; jiffy bag; crate; wrapping
        envelope; bundle"""),
    "colour": phrases("""
        black; white; silver; blue; red; grey; rose; green; gold; purple; yellow; mint; navy; graphite
        coral; beige; teal; lilac; turquoise; champagne; burgundy; ivory; copper; olive; anthracite"""),
    "redirected_pp": phrases("""
        redirected; sent; rerouted; diverted; forwarded; readdressed; delivered; shipped; held for me
        passed on"""),
    "address_noun": phrases("""
        address; delivery address; shipping address; postal address; destination; home address
        street address; drop-off point"""),
    "address_bit": phrases("""
        house number; postcode; flat number; street name; floor; door code; company name; county
        zip code; building; staircase; entrance; buzzer name"""),
    "label_noun": phrases("""
        label; shipping label; sticker; docket; waybill; delivery note; dispatch note; packing slip
        barcode"""),
    "pickup_place": phrases("""
        parcel shop; locker; petrol station; neighbour's; post office; pickup point; kiosk
        parcel locker; corner shop; click and collect desk; newsagent; drop box; garage; reception desk"""),
    "crushed_adj": phrases("""
        crushed; soaked; torn open; dented; wet; ripped; open; squashed; battered; taped up badly
        flattened; drenched; mangled; trampled; crumpled; bashed in; soggy; gashed; unsealed; punctured
        wrecked"""),
    "crush_agent": phrases("""
        an elephant; a forklift; a lorry; a horse; a tank; a football team; a bulldozer; a tram"""),
    "crush_verb": phrases("sat on; run over; kicked; flattened; driven over; trampled; chewed; crushed"),
    "padding": phrases("""
        padding; bubble wrap; foam; packing paper; polystyrene; air cushions; packing peanuts
        cardboard inserts; filler"""),
    "fraction": phrases("""
        half; a third; part; one piece; two thirds; most; a fraction; one of three boxes; a quarter"""),
    "accessory": phrases("""
        charger; cable; power cord; manual; remote; adapter; stand; battery pack; case; mains lead
        screws; bracket; earbuds; stylus; second controller; warranty card; dust cover; strap
        mounting kit; spare bulb; memory card; lens cap; plug; ear cushions; carry bag; wall mount
        hex key; rubber feet; dongle"""),
    "licence_key": phrases("""
        licence key; activation code; product key; serial; licence; serial number; registration key
        subscription; unlock key; key; upgrade code; seat; volume licence; product code; activation key
        license"""),
    "activate_vb": phrases("activate; register; unlock; validate; authorise; license; verify; transfer"),
    "update_noun": phrases("""
        update; upgrade; patch; new version; hotfix; service pack; release; autumn release; auto-update
        rollback; security patch; build; point release"""),
    "update_fails": phrases("""
        fails; stops; gets stuck; aborts; hangs; rolls back; never finishes; breaks off; stalls
        won't install; errors out"""),
}
